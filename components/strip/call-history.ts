import type { Call } from "@/lib/mesh/calls";

/** The strip's memory: our own calls of the last 15 minutes, counted as this page was told of them. */

export const STRIP_MS = 15 * 60_000;
/** One bar of the strip. */
export const BUCKET_MS = 10_000;

/** What a bar is made of. `missed` = made while nobody told this page of each (more than the server tells at once). */
export const STRIP_KINDS = ["mutual-tls", "plaintext", "unmeasured", "failed", "refused", "missed"] as const;
export type StripKind = (typeof STRIP_KINDS)[number];

export interface StripBucket extends Record<StripKind, number> {
  /** When the first of them was refused, epoch ms: the cross must not stand before the change that brought it. */
  refusedAt: number | null;
}

export interface CallHistory {
  /** When the server began to count; another value is another story (a reset, a new server). */
  since: number;
  /** Counts by the start of their bucket, epoch ms. */
  buckets: Map<number, StripBucket>;
  /** What the newest calls were counted as, so that evidence which arrives later moves them. */
  counted: Map<number, { kind: StripKind; bucket: number }>;
  lastId: number;
}

const EMPTY: StripBucket = { "mutual-tls": 0, plaintext: 0, unmeasured: 0, failed: 0, refused: 0, missed: 0, refusedAt: null };

export function emptyHistory(since: number): CallHistory {
  return { since, buckets: new Map(), counted: new Map(), lastId: 0 };
}

/** Calls that we stopped ourselves met nothing. */
export function toStripKind({ outcome, encryption }: Pick<Call, "outcome" | "encryption">): StripKind | null {
  if (outcome === "refused") return "refused";
  if (outcome === "failed" || outcome === "unreachable") return "failed";
  if (outcome === "cancelled") return null;
  return encryption === "mutual-tls" || encryption === "plaintext" ? encryption : "unmeasured";
}

/**
 * Takes in what the server tells now. Ids count up by one, so a gap is calls that this page was never told of; they are drawn as such.
 * @param recent newest last
 */
export function addCalls(history: CallHistory, recent: readonly Call[], since: number, now: number): CallHistory {
  const known = since === history.since ? history : emptyHistory(since);
  const buckets = new Map([...known.buckets].filter(([start]) => start > now - STRIP_MS - BUCKET_MS));
  const add = (bucket: number, kind: StripKind, count: number, at: number) => {
    const before = buckets.get(bucket) ?? EMPTY;
    buckets.set(bucket, { ...before, [kind]: Math.max(0, before[kind] + count), refusedAt: before.refusedAt ?? (kind === "refused" ? at : null) });
  };
  const counted: CallHistory["counted"] = new Map();
  const [first] = recent;
  // Before the page came, calls were made that nobody ever told it of: that is no gap.
  if (known.lastId > 0 && first !== undefined && first.id > known.lastId + 1)
    add(toBucket(first.startedAt), "missed", first.id - known.lastId - 1, first.startedAt);
  for (const call of recent) {
    const kind = toStripKind(call);
    const before = known.counted.get(call.id);
    const bucket = before?.bucket ?? toBucket(call.startedAt);
    if (kind === null || bucket <= now - STRIP_MS - BUCKET_MS) continue;
    if (before === undefined ? call.id > known.lastId : before.kind !== kind) {
      if (before !== undefined) add(bucket, before.kind, -1, call.startedAt);
      add(bucket, kind, 1, call.startedAt);
    }
    counted.set(call.id, { kind, bucket });
  }
  return { since, buckets, counted, lastId: Math.max(known.lastId, recent.at(-1)?.id ?? 0) };
}

function toBucket(at: number): number {
  return Math.floor(at / BUCKET_MS) * BUCKET_MS;
}

/** Spans the strip may show, ms: with little to show a quarter of an hour would be a speck at its end. */
const SPANS = [3 * 60_000, 6 * 60_000, STRIP_MS];

/** @param events epoch ms of the oldest things to show; what is not finite or missing counts as none @returns ms */
export function toSpan(now: number, events: readonly (number | undefined)[]): number {
  const oldest = Math.min(now, ...events.filter((at) => at !== undefined && Number.isFinite(at)).map(Number));
  return SPANS.find((span) => oldest >= now - span) ?? STRIP_MS;
}
