import { lookup } from "node:dns/promises";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import type { CallOutcome } from "@/lib/mesh/calls";
import { createAgent, type OpenStream } from "./connection";
import { CANCELLED_CALL, type CallPhase, type FailedCall, type GatewayFailure, toFailedCall, toTimedOutCall } from "./failure";

export interface GatewayTarget {
  /** IP address or name of the gateway. A name is resolved once; that address is used from then on. */
  address: string;
  port: number;
  /** Sent as SNI; the certificate must be valid for it. */
  serverName: string;
  /** Sent as Host. */
  host: string;
  /** PEM of the only authority that is trusted; null = the authorities Node trusts. */
  ca: string | null;
  /** `/` when left out. */
  path?: string;
  /** How connections are made instead of to the address, which is then only a name. */
  open?: OpenStream;
}

export interface GatewayClientOptions {
  /** `new`: a connection and a full handshake for each call, as curl does. `keep-alive`: connections are used again. */
  connection: "new" | "keep-alive";
  /** Of one call, from its real start, ms. */
  timeoutMs?: number;
}

export interface GatewayCallResult {
  outcome: CallOutcome;
  /** null when no answer began. */
  httpCode: number | null;
  /** From the intended start to the end, ms. */
  latencyMs: number;
  /** From the real start, ms; null for what did not happen (on a used connection neither of the first two does). */
  timings: { connectedMs: number | null; securedMs: number | null; firstByteMs: number | null; endedMs: number };
  newConnection: boolean;
  /** At most 1 MB of it. */
  body: string;
  isBodyCut: boolean;
  failure: GatewayFailure | null;
  code: string | null;
  message: string | null;
}

export interface GatewayClient {
  /** The address in use. */
  readonly ip: string;
  /**
   * One GET. Never throws: what went wrong is the result.
   * @param intendedAt when it was to start, on performance.now()'s scale; now when left out
   * @param signal stops it at once
   */
  call(options?: { intendedAt?: number; signal?: AbortSignal }): Promise<GatewayCallResult>;
  /** Ends connections that are kept; calls under way fail. */
  close(): void;
}

/** The gateway's name does not resolve. */
export class GatewayNotResolved extends Error {
  override readonly name = "GatewayNotResolved";
}

const BODY_LIMIT = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * Calls through the ingress gateway as the lab does: `curl --cacert CA -H "Host: HOST" https://NAME:PORT --resolve NAME:PORT:ADDRESS`.
 * The address is pinned, only the given CA is trusted, redirects are answers like others and not followed.
 * @throws GatewayNotResolved
 */
export async function openGatewayClient(target: GatewayTarget, { connection, timeoutMs = TIMEOUT_MS }: GatewayClientOptions): Promise<GatewayClient> {
  const ip = target.open === undefined ? await resolve(target.address) : target.address;
  const where = `${target.address}:${target.port}`;
  // The CA is read once, not for each connection.
  const tls = { secureContext: createSecureContext({ ca: target.ca ?? undefined, allowPartialTrustChain: true }), servername: target.serverName };
  // curl makes a full handshake each time; a resumed session would be cheaper than what is being shown.
  const freshAgent = createAgent({ ...tls, keepAlive: false, maxCachedSessions: 0 }, target.open);
  const agent = connection === "new" ? freshAgent : createAgent({ ...tls, keepAlive: true, scheduling: "lifo" }, target.open);
  const begin: Begin = ({ isFresh }) =>
    httpsRequest({
      host: ip,
      port: target.port,
      path: target.path ?? "/",
      method: "GET",
      agent: isFresh ? freshAgent : agent,
      headers: { host: target.host, accept: "*/*", "user-agent": "padlock" },
    });

  return {
    ip,
    call: ({ intendedAt = performance.now(), signal } = {}) => callOnce(begin, where, timeoutMs, intendedAt, signal),
    close() {
      agent.destroy();
      freshAgent.destroy();
    },
  };
}

async function resolve(address: string): Promise<string> {
  try {
    // A gateway that is forwarded to this machine ("localhost") often listens on IPv4 alone.
    return (await lookup(address, { order: "ipv4first" })).address;
  } catch (error) {
    throw new GatewayNotResolved(`The gateway's name ${address} does not resolve`, { cause: error });
  }
}

/** Starts a request, on a connection that was kept if there is one, or on one of its own. */
type Begin = (on: { isFresh: boolean }) => ClientRequest;

function callOnce(begin: Begin, where: string, timeoutMs: number, intendedAt: number, signal: AbortSignal | undefined): Promise<GatewayCallResult> {
  return new Promise((settle) => {
    const startedAt = performance.now();
    const since = () => performance.now() - startedAt;
    const timings: GatewayCallResult["timings"] = { connectedMs: null, securedMs: null, firstByteMs: null, endedMs: 0 };
    let phase: CallPhase = "connecting";
    let request: ClientRequest;
    let answer: IncomingMessage | null = null;
    let newConnection = true;
    let isRetried = false;
    let isSettled = false;
    const chunks: Buffer[] = [];
    let bytes = 0;

    const timer = setTimeout(() => finish(toTimedOutCall(phase, where, timeoutMs)), timeoutMs);
    const cancel = () => finish(CANCELLED_CALL);

    function finish(failed: FailedCall | null): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      if (failed !== null || bytes > BODY_LIMIT) request.destroy();
      timings.endedMs = since();
      const httpCode = answer?.statusCode ?? null;
      settle({
        outcome: failed?.outcome ?? (httpCode !== null && httpCode < 500 ? "served" : "failed"),
        httpCode,
        latencyMs: Math.max(0, performance.now() - intendedAt),
        timings,
        newConnection,
        body: Buffer.concat(chunks).toString("utf8"),
        isBodyCut: bytes > BODY_LIMIT,
        failure: failed?.failure ?? null,
        code: failed?.code ?? null,
        message: failed?.message ?? null,
      });
    }

    function follow(socket: Socket): void {
      newConnection = !request.reusedSocket;
      if (!newConnection) {
        phase = "waiting";
        return;
      }
      socket.once("connect", () => {
        phase = "securing";
        timings.connectedMs = since();
      });
      socket.once("secureConnect", () => {
        phase = "waiting";
        timings.securedMs = since();
      });
    }

    function read(response: IncomingMessage): void {
      answer = response;
      phase = "reading";
      timings.firstByteMs = since();
      response.on("data", (chunk: Buffer) => {
        const room = BODY_LIMIT - bytes;
        bytes += chunk.length;
        if (room > 0) chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
        if (bytes > BODY_LIMIT) finish(null);
      });
      response.on("end", () => finish(null));
      response.on("error", fail);
    }

    function fail(error: unknown): void {
      if (isSettled) return;
      // The server closed a connection that was kept just as it was taken again: nothing was asked yet, so ask once more (RFC 9112, 9.3.1).
      if (phase === "waiting" && !newConnection && !isRetried) {
        isRetried = true;
        start();
        return;
      }
      finish(toFailedCall(error, phase, where));
    }

    function start(): void {
      phase = "connecting";
      request = begin({ isFresh: isRetried });
      request.on("socket", follow);
      request.on("response", read);
      request.on("error", fail);
      request.end();
    }

    start();
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  });
}
