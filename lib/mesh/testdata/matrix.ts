import type { PlannedCall } from "../predict-call";
import recorded from "./client-server-matrix.json";
import { BARE_SLEEP, CONFIG, GATEWAY, LEGACY, LEGACY_SERVICE, MESHED_SLEEP, policy, RECOMMENDATION, RECOMMENDATION_SERVICE, rule, WEB_API, WEB_API_SERVICE } from "./objects";

/** What was recorded on real Envoys, each row with the call it was, in the words of lib/mesh. */
export interface MatrixRow {
  server: string;
  client: string;
  planned: PlannedCall;
  curlExit: number;
  httpCode: number | null;
  message: string;
  /** From the server's proxy log: the client's verified SPIFFE ID and the flags, one entry a line. */
  serverLog: { peer: string | null; flags: string; code: number }[];
}

export const MATRIX: MatrixRow[] = recorded.rows.map((row) => ({
  server: row.server,
  client: row.client,
  planned: toPlanned(row.server, row.client),
  curlExit: row.curl_exit,
  httpCode: row.http_code === 0 ? null : row.http_code,
  message: row.message,
  serverLog: row.server_proxy_log.map((line) => ({ peer: "peer" in line ? (line.peer ?? null) : null, flags: line.flags, code: line.code })),
}));

/** Throws on words it does not know: a row that is not understood must not pass as one that was checked. */
function toPlanned(server: string, client: string): PlannedCall {
  const bare = server.startsWith("server without sidecar");
  // "A pod address, port with an HTTP listener" was recorded on recommendation's 8080; web-api's 8081 has no outbound listener.
  const otherPort = client.includes("port with an HTTP listener");
  const [workload, service] = bare ? [LEGACY, LEGACY_SERVICE] : otherPort ? [RECOMMENDATION, RECOMMENDATION_SERVICE] : [WEB_API, WEB_API_SERVICE];
  const tls = /DestinationRule (DISABLE|ISTIO_MUTUAL|SIMPLE)$/.exec(client)?.[1] as "DISABLE" | "ISTIO_MUTUAL" | "SIMPLE" | undefined;
  const mode = toMode(server);
  return {
    policies: mode === null ? [] : [policy({ namespace: workload.namespace, name: "default", mode })],
    rules: tls === undefined ? [] : [rule({ namespace: service.namespace, name: "d", host: service.name, tls: { mode: tls } })],
    config: CONFIG,
    client: toClient(client),
    scheme: client.includes("https") ? "https" : "http",
    addressed: / pod address/.test(client) ? "pod-address" : "service",
    service,
    servicePort: 8080,
    server: workload,
    port: workload.ports[0] ?? 0,
    outboundHttpListener: !client.includes("port without a listener"),
    pooledPlaintext: client.includes("a pooled plaintext connection from before is still served"),
  };
}

function toClient(client: string) {
  if (client.startsWith("without sidecar")) return BARE_SLEEP;
  if (client.startsWith("with sidecar")) return MESHED_SLEEP;
  if (client === "ingress gateway") return GATEWAY;
  throw new Error(`unknown client in the matrix: ${client}`);
}

function toMode(server: string): "PERMISSIVE" | "STRICT" | "DISABLE" | null {
  switch (server) {
    case "no policy":
    case "server without sidecar, no policy":
      return null;
    case "server without sidecar, its namespace STRICT":
    case "STRICT":
      return "STRICT";
    case "PERMISSIVE":
    case "DISABLE":
      return server;
    default:
      throw new Error(`unknown server in the matrix: ${server}`);
  }
}
