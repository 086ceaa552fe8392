import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SeenRequest {
  at: number;
  method: string;
  url: URL;
  kind: "list" | "watch" | "other";
  authorization: string | undefined;
  body: string;
}

/** @returns true when it has answered, or means never to */
export type Fault = (request: SeenRequest, response: ServerResponse, raw: IncomingMessage) => boolean;

export const COLLECTION = "/apis/security.istio.io/v1/peerauthentications";

/** A watchable collection of PeerAuthentications on a loopback port, with a switch for whatever can go wrong with it. */
export class FaultServer {
  readonly requests: SeenRequest[] = [];
  fault: Fault | null = null;
  readonly directory = mkdtempSync(join(tmpdir(), "padlock-faults-"));
  readonly kubeconfigPath = join(this.directory, "kubeconfig");
  port = 0;
  version = 100;
  readonly objects = new Map<string, Record<string, unknown>>();
  private readonly streams = new Set<ServerResponse>();
  private readonly sockets = new Set<Socket>();
  private server = this.create();

  /** Takes the same port again after a stop. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.server.once("error", reject).listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  writeKubeconfig(token = "token-1"): void {
    writeFileSync(
      this.kubeconfigPath,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "faults",
        contexts: [{ name: "faults", context: { cluster: "faults", user: "tester" } }],
        clusters: [{ name: "faults", cluster: { server: `http://127.0.0.1:${this.port}`, "insecure-skip-tls-verify": true } }],
        users: [{ name: "tester", user: { token } }],
      }),
      { mode: 0o600 },
    );
  }

  /** As a process that is killed: the port is free, every connection is reset. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
    this.streams.clear();
    this.server = this.create();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  put(name: string, mode: string): Record<string, unknown> {
    const known = this.objects.has(name);
    const object = policy(name, mode, String(++this.version));
    this.objects.set(name, object);
    this.send({ type: known ? "MODIFIED" : "ADDED", object });
    return object;
  }

  remove(name: string): void {
    const object = policy(name, "STRICT", String(++this.version));
    this.objects.delete(name);
    this.send({ type: "DELETED", object });
  }

  bookmark(): void {
    this.send({ type: "BOOKMARK", object: { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { resourceVersion: String(this.version) } } });
  }

  send(event: unknown): void {
    this.sendLine(JSON.stringify(event));
  }

  sendLine(line: string): void {
    for (const stream of this.streams) stream.write(`${line}\n`);
  }

  endStreams(): void {
    for (const stream of this.streams) stream.end();
    this.streams.clear();
  }

  /** From now on open streams get nothing, and no end. */
  forgetStreams(): void {
    this.streams.clear();
  }

  get openStreams(): number {
    return this.streams.size;
  }

  count(kind: SeenRequest["kind"]): number {
    return this.requests.filter((request) => request.kind === kind).length;
  }

  private create() {
    const server = createServer((raw, response) => {
      const chunks: Buffer[] = [];
      raw.on("data", (chunk) => chunks.push(chunk));
      raw.on("end", () => this.answer(raw, response, Buffer.concat(chunks).toString()));
    });
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    return server;
  }

  private answer(raw: IncomingMessage, response: ServerResponse, body: string): void {
    const url = new URL(raw.url ?? "/", "http://faults");
    const kind = !url.pathname.startsWith(COLLECTION) ? "other" : url.searchParams.get("watch") === "true" ? "watch" : "list";
    const request: SeenRequest = { at: Date.now(), method: raw.method ?? "", url, kind, authorization: raw.headers.authorization, body };
    this.requests.push(request);
    if (this.fault?.(request, response, raw)) return;
    if (kind === "watch") {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      this.streams.add(response);
      response.on("close", () => this.streams.delete(response));
      // What has happened since, as a real server replays it.
      for (const object of this.objects.values()) {
        const version = (object.metadata as { resourceVersion: string }).resourceVersion;
        if (Number(version) > Number(url.searchParams.get("resourceVersion"))) response.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
      }
      return;
    }
    if (kind === "list") {
      const list = { apiVersion: "security.istio.io/v1", kind: "PeerAuthenticationList", metadata: { resourceVersion: String(this.version), continue: "" }, items: [...this.objects.values()] };
      return answerJson(response, 200, list);
    }
    answerJson(response, 404, status(404, "NotFound", `the server could not find ${url.pathname}`));
  }
}

export function answerJson(response: ServerResponse, code: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export function status(code: number, reason: string, message: string): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}

export function policy(name: string, mode: string, resourceVersion: string): Record<string, unknown> {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name, namespace: "istioinaction", uid: `uid-of-${name}`, resourceVersion, creationTimestamp: "2026-11-24T16:34:14Z" },
    spec: { mtls: { mode } },
  };
}
