import type { CallHop } from "./calls";

/** What a page is ever shown of an answer; a service can nest as deep as it likes. */
const MAX_BODY = 1_000_000;
const MAX_DEPTH = 16;
const MAX_HOPS = 64;
const MAX_NAME = 128;

/**
 * The chain of calls that a fake-service answer tells of, outermost first, each before its upstream calls. Both generations are read: `upstream_calls`
 * as an array (v0.7) and as an object keyed by URI (v0.8 and later).
 * @returns [] when the body is not such an answer
 */
export function parseUpstreamPath(body: string): CallHop[] {
  if (body.length > MAX_BODY) return [];
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch {
    return [];
  }
  if (!isRecord(root) || typeof root.name !== "string" || !("code" in root)) return [];
  const hops: CallHop[] = [];
  collect(root, 0, hops);
  return hops;
}

function collect(entry: Record<string, unknown>, depth: number, hops: CallHop[]): void {
  if (depth >= MAX_DEPTH || hops.length >= MAX_HOPS) return;
  const name = toName(entry);
  // Nothing can be hung under a hop without a name.
  if (name === null) return;
  hops.push({ name, code: toCode(entry.code), durationMs: toMilliseconds(entry.duration), depth });
  const calls = entry.upstream_calls;
  for (const child of Array.isArray(calls) ? calls : isRecord(calls) ? Object.values(calls) : []) {
    if (isRecord(child)) collect(child, depth + 1, hops);
  }
}

/** A child that did not answer itself has no name; the host it was called by stands for it. */
function toName({ name, uri }: Record<string, unknown>): string | null {
  const given = toText(name);
  if (given !== null) return given;
  const host = typeof uri === "string" ? /^[a-z][a-z0-9+.-]*:\/\/([^/:?#@\s]+)/i.exec(uri)?.[1] : undefined;
  return toText(host?.split(".")[0]);
}

function toText(value: unknown): string | null {
  if (typeof value !== "string") return null;
  // Control and direction characters have no place in a name that is drawn.
  const text = value.replace(/[\p{Cc}\p{Cf}]/gu, "").trim();
  return text === "" || text.length > MAX_NAME ? null : text;
}

function toCode(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599 ? value : -1;
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, µs: 1e-3, μs: 1e-3, us: 1e-3, ns: 1e-6 };

/** Go's duration text (`12.9ms`, `224.9µs`, `1m0.5s`) as milliseconds; null when it is none. */
export function toMilliseconds(value: unknown): number | null {
  if (typeof value !== "string" || value.length > 40 || !/^(\d+(\.\d+)?(h|ms|m|[µμu]s|ns|s))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount = "0", unit = ""] of value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|[µμu]s|ns|s)/g)) total += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return Number.isFinite(total) ? total : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
