import type { Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { SocketAddress } from "../network/connection-table";
import type { LabNetwork } from "../network/lab-network";
import type { WorkloadIdentity } from "../network/workload-identity";
import type { UpstreamTransport } from "./client-tls";

/** A connection to an endpoint did not come about, in TCP or in the TLS handshake; Envoy's flag UF. */
export class UpstreamConnectError extends Error {
  override readonly name = "UpstreamConnectError";
  constructor(
    /** As Envoy's `%UPSTREAM_TRANSPORT_FAILURE_REASON%` has it. */
    readonly transportFailure: string,
    options: ErrorOptions,
  ) {
    super(`upstream connection failed: ${transportFailure}`, options);
  }
}

export interface UpstreamSocket {
  socket: Socket;
  /** The server's SPIFFE ID, verified; undefined but on mutual TLS. */
  peer: string | undefined;
}

export interface UpstreamConnector {
  /** @throws UpstreamConnectError; the signal's reason */
  connect(target: SocketAddress, transport: UpstreamTransport, signal?: AbortSignal): Promise<UpstreamSocket>;
}

/** Istio's default connectTimeout, ms. */
const CONNECT_TIMEOUT = 10_000;

/** Connects a proxy to endpoints: plain, with the workload's own certificate, or with one-way TLS. */
export function createUpstreamConnector(options: { network: LabNetwork; source: string; identity: WorkloadIdentity }): UpstreamConnector {
  const { network, source, identity } = options;
  let context: SecureContext | undefined;
  identity.onRotate(() => {
    context = undefined;
  });

  function ownContext(): SecureContext {
    context ??= createSecureContext({ ...identity.credentials(), minVersion: "TLSv1.2", maxVersion: "TLSv1.3" });
    return context;
  }

  async function connect(target: SocketAddress, transport: UpstreamTransport, signal?: AbortSignal): Promise<UpstreamSocket> {
    const timeout = AbortSignal.timeout(CONNECT_TIMEOUT);
    let raw: Socket;
    try {
      raw = await network.dial(target, { source, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new UpstreamConnectError(connectFailure(error), { cause: error });
    }
    if (transport.kind === "plaintext") return { socket: raw, peer: undefined };
    try {
      return await secure(raw, transport);
    } catch (error) {
      raw.destroy();
      throw new UpstreamConnectError(tlsFailure(error), { cause: error });
    }
  }

  function secure(raw: Socket, transport: Exclude<UpstreamTransport, { kind: "plaintext" }>): Promise<UpstreamSocket> {
    return new Promise((resolve, reject) => {
      let peer: string | undefined;
      const socket: TLSSocket =
        transport.kind === "istio"
          ? connectTls({
              socket: raw,
              secureContext: ownContext(),
              servername: transport.sni,
              ALPNProtocols: ["istio-http/1.1", "istio"],
              checkServerIdentity: (_host, certificate) => {
                peer = transport.serverNames.find((name) => certificate.subjectaltname?.split(", ").includes(`URI:${name}`));
                return peer ? undefined : new ServerNameError(certificate.subjectaltname, transport.serverNames);
              },
            })
          : connectTls({ socket: raw, servername: transport.sni, ALPNProtocols: ["http/1.1"], rejectUnauthorized: !transport.insecureSkipVerify });
      socket.setTimeout(CONNECT_TIMEOUT, () => socket.destroy(new Error("the TLS handshake took too long")));
      // Stays for the socket's life: what goes wrong later ends in `close`.
      socket.on("error", reject);
      socket.once("close", () => reject(new Error("closed in the TLS handshake")));
      socket.once("secureConnect", () => {
        socket.setTimeout(0);
        resolve({ socket, peer });
      });
    });
  }

  return { connect };
}

/** The server proved a SPIFFE ID, but none of those its Service's pods run under. */
class ServerNameError extends Error {
  override readonly name = "ServerNameError";
  readonly code = "SAN_MISMATCH";
  constructor(got: string | undefined, wanted: readonly string[]) {
    super(`certificate is for ${got ?? "nobody"}, wanted ${wanted.join(" or ") || "nobody"}`);
  }
}

function connectFailure(error: unknown): string {
  const code = codeOf(error);
  if (code === "ECONNREFUSED") return "delayed_connect_error:_Connection_refused";
  return code === "ECONNRESET" ? "delayed_connect_error:_Connection_reset_by_peer" : "connection_timeout";
}

/** BoringSSL's words for what OpenSSL names otherwise, as they stand in the logs of real Envoys. */
const BORINGSSL: Readonly<Record<string, string>> = {
  ECONNRESET: "33554536:system_library:OPENSSL_internal:Connection_reset_by_peer",
  ERR_SSL_WRONG_VERSION_NUMBER: "268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
  SELF_SIGNED_CERT_IN_CHAIN:
    "268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_X509_verify_cert:_certificate_verification_error_at_depth_1:_self_signed_certificate_in_certificate_chain",
  SAN_MISMATCH: "268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_SAN_matcher",
};

function tlsFailure(error: unknown): string {
  const code = codeOf(error);
  return `TLS_error:|${BORINGSSL[code] ?? `SSL_routines:OPENSSL_internal:${code.replace(/^ERR_SSL_/, "")}`}:TLS_error_end`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "ECONNRESET";
}
