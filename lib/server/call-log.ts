import type { CallsSection } from "@/lib/api/state";
import type { Call, Caller } from "@/lib/mesh/calls";

/** How many own calls are kept for locks and ages: the longest window at the highest rate would be more than a picture can use. */
const KEPT = 20_000;
/** How many a page is told of; they are flown one by one. */
const SHOWN = 60;
/** The longest window, and what Kiali may lag behind. */
const LONGEST_WINDOW_MS = 17 * 60_000;

/** Every call Padlock itself made, first hand, since the start or the last reset. */
export function createCallLog({ now = Date.now, onCall = () => {} }: { now?: () => number; onCall?: (call: Call) => void } = {}) {
  let calls: Call[] = [];
  let nextId = 1;
  let since = now();
  let totals = emptyTotals();
  /** Answered plaintext calls from before the last clearing: Kiali still shows them for a window, and they are nobody else's. */
  let cleared: { target: string; at: number }[] = [];
  let lastProbe: CallsSection["lastProbe"] = { "with-sidecar": null, "without-sidecar": null };

  return {
    /** An id for a call that is about to be made. */
    allocate(): number {
      return nextId++;
    },
    add(call: Call): void {
      onCall(call);
      calls.push(call);
      if (calls.length > KEPT) calls = calls.slice(-KEPT / 2);
      const total = totals[call.caller];
      if (call.outcome !== "cancelled") total[call.outcome] += 1;
      if (call.runId === null && call.caller !== "gateway") lastProbe = { ...lastProbe, [call.caller]: call };
    },
    /** A log line or a metric that arrived after the call makes its encryption known. */
    amend(id: number, facts: Partial<Pick<Call, "encryption" | "evidence" | "logLine">>): void {
      const index = calls.findLastIndex((call) => call.id === id);
      const call = calls[index];
      if (call === undefined) return;
      const amended = { ...call, ...facts };
      calls[index] = amended;
      if (call.runId === null && call.caller !== "gateway" && lastProbe[call.caller]?.id === id) lastProbe = { ...lastProbe, [call.caller]: amended };
    },
    /** Calls that began within the last `seconds`, oldest first. */
    within(seconds: number): Call[] {
      const from = now() - Math.min(seconds * 1000, LONGEST_WINDOW_MS);
      const first = calls.findIndex((call) => call.startedAt >= from);
      return first === -1 ? [] : calls.slice(first);
    },
    section(): CallsSection {
      return { recent: calls.slice(-SHOWN), totals: structuredClone(totals), lastProbe, since };
    },
    /** Times of answered calls without sidecar that were cleared, by target, epoch ms. */
    clearedTimes(): Map<string, number[]> {
      const times = new Map<string, number[]>();
      for (const { target, at } of cleared) times.set(target, [...(times.get(target) ?? []), at]);
      return times;
    },
    clear(): void {
      const oldest = now() - LONGEST_WINDOW_MS;
      const answered = calls.filter((call) => call.caller === "without-sidecar" && (call.outcome === "served" || call.outcome === "failed"));
      cleared = [...cleared, ...answered.map(({ target, startedAt }) => ({ target, at: startedAt }))].filter(({ at }) => at > oldest).slice(-KEPT);
      calls = [];
      totals = emptyTotals();
      lastProbe = { "with-sidecar": null, "without-sidecar": null };
      since = now();
    },
  };
}
export type CallLog = ReturnType<typeof createCallLog>;

function emptyTotals(): Record<Caller, { served: number; failed: number; refused: number; unreachable: number }> {
  const none = () => ({ served: 0, failed: 0, refused: 0, unreachable: 0 });
  return { gateway: none(), "with-sidecar": none(), "without-sidecar": none() };
}
