import { connect as connectTls, type TLSSocket } from "node:tls";
import { connectOver } from "./connection";
import { CANCELLED_CALL, type CallPhase, type FailedCall, toFailedCall, toTimedOutCall } from "./failure";
import type { GatewayCandidate } from "./find-address";

const TIMEOUT_MS = 2_000;

/**
 * Whether a gateway is there and shows a certificate for the name, signed by the CA: a TLS handshake and not a request more, so that asking
 * again and again leaves nothing in anybody's traffic.
 * @param ca PEM; null = the system's authorities
 * @returns null when all is well
 */
export function checkHandshake(
  candidate: GatewayCandidate,
  { serverName, ca }: { serverName: string; ca: string | null },
  signal?: AbortSignal,
): Promise<FailedCall | null> {
  const where = `${candidate.address}:${candidate.port}`;
  return new Promise((resolve) => {
    let phase: CallPhase = "connecting";
    let isSettled = false;
    let socket: TLSSocket | null = null;
    const finish = (result: FailedCall | null) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      socket?.destroy();
      isSettled = true;
      resolve(result);
    };
    const cancel = () => finish(CANCELLED_CALL);
    const timer = setTimeout(() => finish(toTimedOutCall(phase, where, TIMEOUT_MS)), TIMEOUT_MS);
    const follow = (connected: TLSSocket) => {
      socket = connected;
      if (isSettled) return void connected.destroy();
      connected.once("connect", () => {
        phase = "securing";
      });
      connected.once("secureConnect", () => finish(null));
      connected.on("error", (error) => finish(toFailedCall(error, phase, where)));
      connected.once("close", () => finish(toFailedCall(Object.assign(new Error("closed"), { code: "ECONNRESET" }), phase, where)));
    };
    const options = { servername: serverName, ...(ca === null ? {} : { ca, allowPartialTrustChain: true }) };
    if (candidate.open === undefined) follow(connectTls({ ...options, host: candidate.address, port: candidate.port }));
    else connectOver(candidate.open, options).then(follow, (error: unknown) => finish(toFailedCall(error, phase, where)));
    signal?.addEventListener("abort", cancel, { once: true });
  });
}
