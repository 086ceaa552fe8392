import { z } from "zod";
import type { App, AppRequest, AppResponse } from "../proxy/app";

/** The environment of a fake-service container, as the lab's Deployments set it. */
export interface FakeServiceSettings {
  name: string;
  message: string;
  upstreamUris: readonly string[];
}

export interface FakeServiceOptions {
  settings: FakeServiceSettings;
  addresses: readonly string[];
  /** Makes an HTTP call as the pod's program, on a connection of its own: fake-service's client keeps none. */
  call(uri: URL, request: AppRequest): Promise<AppResponse>;
  log(line: string): void;
}

/** fake-service v0.7.8's answer, fields in its order. */
interface FakeServiceAnswer {
  name: string;
  uri: string;
  type: "HTTP";
  ip_addresses?: readonly string[];
  start_time?: string;
  end_time?: string;
  duration?: string;
  body?: string;
  upstream_calls?: unknown[];
  code: number;
  error?: string;
}

/** Headers that belong to one hop or to the proxies; the rest goes on to the upstreams, as fake-service does for tracing. */
const NOT_FORWARDED = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "expect", "te", "accept-encoding"]);

/** nicholasjackson/fake-service v0.7.8: answers with itself and the answers of its upstreams, called one after the other. */
export function createFakeService({ settings, addresses, call, log }: FakeServiceOptions): App {
  async function handle(incoming: AppRequest): Promise<AppResponse> {
    if (incoming.url === "/health") return { status: 200, headers: {}, body: "OK" };
    const started = now();
    const upstreamCalls: Record<string, unknown>[] = [];
    for (const uri of settings.upstreamUris) upstreamCalls.push(await callUpstream(uri, incoming));
    const failed = upstreamCalls.some(({ code }) => code !== 200);
    const ended = now();
    const code = failed ? 500 : 200;
    const answer: FakeServiceAnswer = {
      name: settings.name,
      uri: incoming.url,
      type: "HTTP",
      ip_addresses: addresses,
      start_time: toGoTime(started),
      end_time: toGoTime(ended),
      duration: toGoDuration(ended - started),
      ...(!failed && { body: settings.message }),
      ...(upstreamCalls.length > 0 && { upstream_calls: upstreamCalls }),
      code,
    };
    log(`${new Date().toISOString()} [INFO]  Handle inbound request: method=${incoming.method} path=${incoming.url} code=${code} duration=${answer.duration}`);
    // Go names no content type and lets the first bytes decide.
    return { status: code, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${JSON.stringify(answer, null, 2)}\n` };
  }

  async function callUpstream(uri: string, incoming: AppRequest): Promise<Record<string, unknown>> {
    try {
      const { status, body } = await call(new URL(uri), toUpstreamRequest(uri, incoming));
      const entry = { ...parseAnswer(String(body)), uri, code: status };
      return status === 200 ? inOrder(entry) : inOrder({ ...entry, error: `Error processing upstream request: ${uri}` });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return inOrder({ uri, code: -1, error: `Error communicating with upstream service: Get ${uri}: ${reason}` });
    }
  }

  return handle;
}

function toUpstreamRequest(uri: string, { url, headers, signal }: AppRequest): AppRequest {
  const { host, pathname } = new URL(uri);
  const forwarded = Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name)));
  return { method: "GET", url: pathname === "/" ? url : pathname, httpVersion: "1.1", headers: { ...forwarded, host }, body: Buffer.alloc(0), signal };
}

const answerSchema = z.looseObject({ name: z.string() });

/** An answer that is not fake-service's own, Envoy's text for instance, leaves the name empty. */
function parseAnswer(body: string): Record<string, unknown> {
  try {
    const parsed = answerSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : { name: "" };
  } catch {
    return { name: "" };
  }
}

const ORDER = ["name", "uri", "type", "ip_addresses", "start_time", "end_time", "duration", "body", "upstream_calls", "code", "error"];

/** Go writes a struct's fields in their order, wherever they were set. */
function inOrder(entry: Record<string, unknown>): Record<string, unknown> {
  const complete: Record<string, unknown> = { name: "", type: "HTTP", ...entry };
  return Object.fromEntries(ORDER.filter((key) => complete[key] !== undefined).map((key) => [key, complete[key]]));
}

/** ms since the epoch, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Go layout 2006-01-02T15:04:05.000000: microseconds, no zone. */
export function toGoTime(ms: number): string {
  const micros = Math.floor((ms % 1) * 1000);
  return `${new Date(Math.floor(ms)).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}`;
}

/** Go's time.Duration text: the largest unit that leaves a number of at least one, no trailing zeros. */
export function toGoDuration(ms: number): string {
  const nanos = Math.max(0, Math.round(ms * 1e6));
  const [unit, size, digits] =
    nanos >= 1e9 ? (["s", 1e9, 9] as const) : nanos >= 1e6 ? (["ms", 1e6, 6] as const) : nanos >= 1e3 ? (["µs", 1e3, 3] as const) : (["ns", 1, 0] as const);
  return nanos === 0 ? "0s" : `${Number((nanos / size).toFixed(digits))}${unit}`;
}

/** @param env a container's environment */
export function toFakeServiceSettings(env: Readonly<Record<string, string>>): FakeServiceSettings {
  const upstreamUris = (env.UPSTREAM_URIS ?? "")
    .split(",")
    .map((uri) => uri.trim())
    .filter((uri) => uri !== "");
  return { name: env.NAME ?? "Service", message: env.MESSAGE ?? "Hello World", upstreamUris };
}

/** The port of `LISTEN_ADDR`, fake-service's default without. */
export function toListenPort(env: Readonly<Record<string, string>>): number {
  const port = Number((env.LISTEN_ADDR ?? "").split(":").at(-1));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 9090;
}
