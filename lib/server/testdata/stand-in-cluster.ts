import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";

/**
 * For tests: an API server on loopback that knows the objects it is given, asks for tokens, and passes port-forwards on as a kubelet does
 * (k8s.io/kubelet, cri/streaming/portforward/websocket.go). Every request is counted by its path.
 */
export interface StandInCluster {
  kubeconfig: string;
  server: string;
  /** By path without query; a list's items, or a whole answer with its status. */
  lists: Map<string, object[]>;
  /** Paths that are forbidden to this user, by their beginning. */
  forbidden: string[];
  /** Passes a request to a Service's proxy on; null = 404. */
  proxy: ((service: string, path: string, request: IncomingMessage, response: ServerResponse) => void) | null;
  /** Local port that stands for a port of a pod; undefined = the kubelet's refusal. */
  forwards: Map<string, number>;
  /** Token that a TokenRequest gives, by `namespace/name`; absent = not allowed. */
  tokens: Map<string, string>;
  requests: { method: string; path: string; search: string; headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

export async function startStandInCluster(): Promise<StandInCluster> {
  const directory = mkdtempSync(join(tmpdir(), "padlock-stand-in-"));
  const kubeconfig = join(directory, "kubeconfig");
  const server = createServer((request, response) => void answer(request, response));
  const forwarding = new WebSocketServer({ noServer: true, handleProtocols: (offered) => (offered.has("v4.channel.k8s.io") ? "v4.channel.k8s.io" : false) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, search, searchParams } = new URL(request.url ?? "/", "http://stand-in");
    cluster.requests.push({ method: request.method ?? "", path, search, headers: request.headers });
    const refused = cluster.forbidden.some((beginning) => path.startsWith(beginning));
    if (refused) return sendStatus(response, 403, "Forbidden", `${path} is forbidden: User "tester" cannot do that`);
    const proxied = /^\/api\/v1\/namespaces\/([^/]+)\/services\/([^/]+)\/proxy(\/.*)$/.exec(path);
    if (proxied && cluster.proxy !== null) return cluster.proxy(`${proxied[1]}/${proxied[2]}`, `${proxied[3]}${search}`, request, response);
    if (request.method === "POST") return answerPost(path, await readJson(request), response);
    const list = cluster.lists.get(path);
    if (list === undefined) return sendStatus(response, 404, "NotFound", "the server could not find the requested resource");
    const labels = (searchParams.get("labelSelector") ?? "").split(",").filter((pair) => pair !== "");
    const name = /^metadata\.name=(.+)$/.exec(searchParams.get("fieldSelector") ?? "")?.[1];
    const items = list.filter((object) => matches(object as Named, labels, name));
    send(response, 200, { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items });
  }

  function answerPost(path: string, body: Review, response: ServerResponse): void {
    if (path.endsWith("/selfsubjectaccessreviews")) {
      const { namespace, name, subresource } = body.spec?.resourceAttributes ?? {};
      return send(response, 201, { status: { allowed: subresource === "token" && cluster.tokens.has(`${namespace}/${name}`) } });
    }
    const [, account = ""] = /\/namespaces\/(.+)\/token$/.exec(path) ?? [];
    const token = cluster.tokens.get(account.replace("/serviceaccounts", ""));
    if (token === undefined) return sendStatus(response, 403, "Forbidden", "serviceaccounts/token is forbidden");
    const expirationTimestamp = new Date(Date.now() + (body.spec?.expirationSeconds ?? 0) * 1_000).toISOString();
    send(response, 201, { kind: "TokenRequest", status: { token, expirationTimestamp } });
  }

  server.on("upgrade", (request, socket, head) => {
    const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://stand-in");
    cluster.requests.push({ method: request.method ?? "", path, search: "", headers: request.headers });
    const [, pod = ""] = /^\/api\/v1\/namespaces\/(.+)\/portforward$/.exec(path) ?? [];
    const port = Number(searchParams.get("ports"));
    const local = cluster.forwards.get(`${pod.replace("/pods", "")}:${port}`);
    forwarding.handleUpgrade(request, socket, head, (client) => {
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16LE(port);
      for (const channel of [0, 1]) client.send(Buffer.concat([Buffer.of(channel), prefix]));
      if (local === undefined) return client.send(Buffer.concat([Buffer.of(1), Buffer.from(`dial tcp4 127.0.0.1:${port}: connect: connection refused`)]));
      const behind = connect(local, "127.0.0.1");
      behind.on("data", (chunk) => client.send(Buffer.concat([Buffer.of(0), chunk])));
      behind.on("close", () => client.close()).on("error", () => client.close());
      client.on("message", (data: Buffer) => data[0] === 0 && behind.write(data.subarray(1)));
      client.on("close", () => behind.destroy());
    });
  });

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "stand-in",
      contexts: [{ name: "stand-in", context: { cluster: "stand-in", user: "tester" } }],
      clusters: [{ name: "stand-in", cluster: { server: address, "insecure-skip-tls-verify": true } }],
      users: [{ name: "tester", user: { token: "the-api-servers-own-token" } }],
    }),
    { mode: 0o600 },
  );
  const cluster: StandInCluster = {
    kubeconfig,
    server: address,
    lists: new Map(),
    forbidden: [],
    proxy: null,
    forwards: new Map(),
    tokens: new Map(),
    requests: [],
    async close() {
      for (const client of forwarding.clients) client.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return cluster;
}

interface Named {
  metadata: { name: string; labels?: Record<string, string> };
}

interface Review {
  spec?: { resourceAttributes?: { namespace?: string; name?: string; subresource?: string }; expirationSeconds?: number };
}

function matches({ metadata }: Named, labels: readonly string[], name: string | undefined): boolean {
  if (name !== undefined && metadata.name !== name) return false;
  return labels.every((pair) => {
    const [key = "", value] = pair.split("=");
    return metadata.labels?.[key] === value;
  });
}

async function readJson(request: IncomingMessage): Promise<Review> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  send(response, code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });
}
