import type { HistoryPoint } from "@/lib/mesh/history";
import { BUCKET_MS, type CallHistory, STRIP_KINDS } from "./call-history";
import { toCountWords, toPointWords } from "./strip-figures";

/** The strip for those who cannot see it: what was observed last and at most, our own calls, and the changes. */
export function toStripWords(observed: readonly HistoryPoint[], own: CallHistory, marks: readonly string[], from: number): string {
  return [toObservedWords(observed.filter(({ at }) => at > from)), toOwnWords(own, from), ...marks].join(". ");
}

function toObservedWords(points: readonly HistoryPoint[]): string {
  const last = points.at(-1);
  if (last === undefined) return "Kiali has told nothing yet";
  const open = points.filter(({ plaintext }) => plaintext > 0).length;
  return `Kiali observed, last: ${toPointWords(last)}; plaintext in ${open} of ${points.length} looks`;
}

function toOwnWords({ buckets }: CallHistory, from: number): string {
  const calls = STRIP_KINDS.map((kind) => ({
    kind,
    count: [...buckets].reduce((sum, [start, counts]) => sum + (start + BUCKET_MS > from ? counts[kind] : 0), 0),
  }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => toCountWords(kind, count));
  return calls.length === 0 ? "No calls of Padlock's own yet" : `Padlock's own calls: ${calls.join(", ")}`;
}
