import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** For tests: a local server that answers as one of three real Kialis did when it was recorded (testdata). */
export type RecordedVersion = "kiali-main" | "kiali-2.4" | "kiali-1.73";

export interface Recording {
  request: { method: string; path: string };
  response: { status: number; headers: [string, string][]; body: unknown };
}

export interface RecordedKiali {
  /** Without the web root, as a person would give it. */
  url: string;
  requests: { method: string; url: URL; headers: IncomingMessage["headers"] }[];
  /** Connections accepted so far. */
  connections(): number;
  /** Answers instead of the recording when it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse, url: URL) => boolean) | null;
  close(): Promise<void>;
}

export function readRecording(version: RecordedVersion, name: string): Recording {
  return JSON.parse(readFileSync(new URL(`testdata/${version}/${name}.json`, import.meta.url), "utf8"));
}

export async function startRecordedKiali(version: RecordedVersion): Promise<RecordedKiali> {
  let connections = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://kiali");
    kiali.requests.push({ method: request.method ?? "", url, headers: request.headers });
    if (kiali.intercept?.(request, response, url)) return;
    sendRecording(response, readRecording(...toRecording(version, url)));
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kiali: RecordedKiali = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    connections: () => connections,
    intercept: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return kiali;
}

export function sendRecording(response: ServerResponse, { response: recorded }: Recording): void {
  for (const [name, value] of recorded.headers) response.appendHeader(name, value);
  response.statusCode = recorded.status;
  response.end(typeof recorded.body === "string" ? recorded.body : JSON.stringify(recorded.body, null, 2));
}

/** Which exchange fits; what was not recorded of an older Kiali and did not change is taken from the newest. */
function toRecording(version: RecordedVersion, url: URL): [RecordedVersion, string] {
  const isMain = version === "kiali-main";
  switch (url.pathname) {
    case "/":
      return ["kiali-main", "root-redirect"];
    case "/kiali/api/auth/info":
      return [version, isMain ? "auth-info-anonymous" : "auth-info"];
    case "/kiali/api/status":
      return [version, "status"];
    case "/kiali/api/config":
      return ["kiali-main", "config"];
    case "/kiali/api/namespaces":
      return [version, "namespaces"];
    case "/kiali/api/mesh/tls":
      return [version, isMain ? "mesh-tls-none" : "mesh-tls"];
    case "/kiali/api/namespaces/istioinaction/tls":
      return [version, isMain ? "ns-tls-none" : "ns-tls"];
    case "/kiali/api/clusters/tls":
      return [version, isMain ? "clusters-tls-none" : "clusters-tls"];
    case "/kiali/api/namespaces/graph": {
      const namespaces = url.searchParams.get("namespaces")?.split(",") ?? [];
      if (namespaces.includes("nowhere")) return [version, "graph-unknown-namespace"];
      if (!/^\d+[smh]$/.test(url.searchParams.get("duration") ?? "")) return [version, "graph-bad-duration"];
      if (namespaces.every((name) => name === "default")) return ["kiali-main", "graph-empty-namespace"];
      return [version, isMain ? "graph-workload" : "graph"];
    }
    default:
      return ["kiali-main", url.pathname.startsWith("/kiali/") ? "api-root-wrong" : "wrong-web-root"];
  }
}
