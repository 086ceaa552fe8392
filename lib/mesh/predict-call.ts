import type { CallEncryption } from "./calls";
import { type ClientSends, decideClientTls } from "./client-tls";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EffectiveMode } from "./modes";
import type { DestinationRule, MeshConfig, PeerAuthentication, Service, Workload } from "./objects";

/** One call as the rules see it. The server speaks plain HTTP on a port that a Service declares as HTTP. */
export interface PlannedCall {
  policies: readonly PeerAuthentication[];
  rules: readonly DestinationRule[];
  config: MeshConfig;
  /** A pod, or the ingress gateway (then the person's own TLS ends there, and what is predicted is the hop behind it). */
  client: Pick<Workload, "namespace" | "labels" | "sidecar" | "isGateway">;
  /** What the program in the pod speaks. */
  scheme: "http" | "https";
  /** By the Service's name, or straight to a pod's address (which a sidecar takes for an address outside the mesh). */
  addressed: "service" | "pod-address";
  service: Service;
  servicePort: number;
  server: Pick<Workload, "namespace" | "labels" | "sidecar">;
  /** Container port. */
  port: number;
  /** Whether the caller's sidecar has an HTTP listener on the port number that is dialled: some Service of the mesh uses it. */
  outboundHttpListener: boolean;
  /** The caller's sidecar still holds a plaintext connection from before the policy changed (proxies let them drain, at most 45 s). */
  pooledPlaintext?: boolean;
}

/** What the server's proxy makes of it; `nothing` = it logs nothing (there is none, or the TLS handshake broke off). */
export type ServerSees = "mutual-tls" | "plaintext" | "no-filter-chain" | "nothing";

export interface PredictedCall {
  /** curl's exit code; TLS refusals may end in any of `alike` as well, by TLS version and timing. */
  curlExit: number;
  alike: readonly number[];
  /** null when no HTTP answer comes. */
  httpCode: number | null;
  /** Of the connection that carried the answer; null when the server's side gave none. */
  encryption: Extract<CallEncryption, "mutual-tls" | "plaintext"> | null;
  serverSees: ServerSees;
}

/**
 * What a new connection must meet, from rules alone; nothing here looks at traffic. null where the rules do not tell (ambient, pods that could
 * not be read, a caller with certificates of its own).
 */
export function predictCall(call: PlannedCall): PredictedCall | null {
  const mode = toServerMode(call);
  if (mode === null) return null;
  const throughProxy = call.client.isGateway || call.client.sidecar === "sidecar";
  if (!throughProxy) return call.client.sidecar === "none" ? fromProgram(call.scheme, mode) : null;
  if (call.addressed === "pod-address" && !call.outboundHttpListener) {
    // Plain TCP through the pass-through cluster: the server meets what the program sent.
    return call.pooledPlaintext && call.scheme === "http" ? SERVED_PLAINTEXT[mode] : fromProgram(call.scheme, mode);
  }
  // The sidecar's HTTP listener waits for a request line that a TLS hello never gives.
  if (call.scheme === "https") return { curlExit: 28, alike: [], httpCode: null, encryption: null, serverSees: "nothing" };
  if (call.addressed === "pod-address") return call.pooledPlaintext ? SERVED_PLAINTEXT[mode] : fromProxy("plaintext", mode);
  const { sends } = decideClientTls({
    rules: call.rules,
    policies: call.policies,
    config: call.config,
    client: call.client,
    service: call.service,
    servicePort: call.servicePort,
    target: { workload: call.server, port: call.port },
  });
  return fromProxy(sends, mode);
}

/** `bare` = no proxy in front of the program: policies have no effect there. */
type ServerMode = EffectiveMode | "bare";

function toServerMode({ policies, config, server, port }: PlannedCall): ServerMode | null {
  if (server.sidecar === "none") return "bare";
  if (server.sidecar !== "sidecar") return null;
  return decidePortMode(decideWorkloadPolicy(policies, config, server), port).mode;
}

const served = (encryption: "mutual-tls" | "plaintext", serverSees: ServerSees): PredictedCall => ({
  curlExit: 0,
  alike: [],
  httpCode: 200,
  encryption,
  serverSees,
});
/** A proxy on the caller's side answers for a connection it could not use. */
const answered503 = (serverSees: ServerSees): PredictedCall => ({ curlExit: 0, alike: [], httpCode: 503, encryption: null, serverSees });
const refused = (curlExit: number, serverSees: ServerSees): PredictedCall => ({ curlExit, alike: [], httpCode: null, encryption: null, serverSees });

const SERVED_PLAINTEXT: Record<ServerMode, PredictedCall> = {
  PERMISSIVE: served("plaintext", "plaintext"),
  STRICT: served("plaintext", "plaintext"),
  DISABLE: served("plaintext", "plaintext"),
  bare: served("plaintext", "nothing"),
};

/** The program's own bytes meet the server: by how an inbound listener chooses its chain (Istio, filterchain_options.go). */
function fromProgram(scheme: "http" | "https", mode: ServerMode): PredictedCall {
  if (scheme === "http") return mode === "STRICT" ? refused(56, "no-filter-chain") : SERVED_PLAINTEXT[mode];
  switch (mode) {
    case "PERMISSIVE":
      // Its TLS chain asks for Istio's ALPN; a program's hello has none.
      return refused(35, "no-filter-chain");
    case "STRICT":
      // The handshake begins and ends with "certificate required".
      return { ...refused(16, "nothing"), alike: [35, 56] };
    case "DISABLE":
    case "bare":
      return refused(35, "nothing");
  }
}

function fromProxy(sends: ClientSends, mode: ServerMode): PredictedCall | null {
  switch (sends) {
    case "plaintext":
      return mode === "STRICT" ? answered503("no-filter-chain") : SERVED_PLAINTEXT[mode];
    case "mutual-tls":
      return mode === "PERMISSIVE" || mode === "STRICT" ? served("mutual-tls", "mutual-tls") : answered503("nothing");
    case "simple-tls":
      return answered503(mode === "PERMISSIVE" ? "no-filter-chain" : "nothing");
    case "own-mutual-tls":
    case "unknown":
      return null;
  }
}
