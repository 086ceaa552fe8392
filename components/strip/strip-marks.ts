import type { JournalEntry } from "@/lib/api/state";

/** A line across the strip: a change, with when it took effect, or a reset. */
export interface StripMark {
  id: number;
  at: number;
  words: string;
  /** For where the words do not fit. */
  short: string;
}

export interface StripRun {
  id: number;
  from: number;
  /** null = it goes on. */
  to: number | null;
}

/** Policy changes with when they were enforced, and resets. A change that nobody saw enforced says only that it was stored. */
export function toStripMarks(journal: readonly JournalEntry[]): StripMark[] {
  return journal.flatMap((entry, index) => {
    if (entry.kind === "reset") return [{ id: entry.id, at: entry.at, words: "reset", short: "reset" }];
    if (entry.kind !== "policy-stored") return [];
    const mode = entry.mode ?? "policy";
    const rest = journal.slice(index + 1);
    const next = rest.findIndex((later) => later.kind === "policy-stored" && later.namespace === entry.namespace);
    const until = next === -1 ? rest : rest.slice(0, next);
    const enforced = until.find((later) => later.kind === "enforced" && later.namespace === entry.namespace);
    const words = enforced === undefined ? `${mode} stored` : `${mode} stored, enforced ${Math.max(0, (enforced.at - entry.at) / 1000).toFixed(2)} s later`;
    return [{ id: entry.id, at: entry.at, words, short: mode }];
  });
}

/** Runs as stretches of time: one goes on at a time, so a start belongs to the next end. */
export function toStripRuns(journal: readonly JournalEntry[]): StripRun[] {
  const runs: StripRun[] = [];
  for (const entry of journal) {
    if (entry.kind === "run-started") runs.push({ id: entry.id, from: entry.at, to: null });
    const last = runs.at(-1);
    if (entry.kind === "run-ended" && last !== undefined && last.to === null) last.to = entry.at;
  }
  return runs;
}

export interface StripLabel {
  side: "left" | "right";
  words: string;
}

/**
 * Which words stand beside which mark: the newest first, the short word where the whole does not fit, none over another's.
 * @param toLength how long words are, and `width` of the strip, in the unit of `toX`
 */
export function toLabels(
  marks: readonly StripMark[],
  toX: (at: number) => number,
  toLength: (words: string) => number,
  width: number,
): Map<number, StripLabel> {
  const labels = new Map<number, StripLabel>();
  const taken: { from: number; to: number }[] = [];
  for (const mark of marks.toReversed()) {
    const x = toX(mark.at);
    const fits = ({ from, to }: { from: number; to: number }) => from >= 0 && to <= width && !taken.some((other) => from < other.to && to > other.from);
    const tries = [mark.words, mark.short].flatMap((words) => {
      const length = toLength(words) + GAP;
      return [
        { label: { side: "right", words } as const, place: { from: x, to: x + length } },
        { label: { side: "left", words } as const, place: { from: x - length, to: x } },
      ];
    });
    const found = tries.find(({ place }) => fits(place));
    if (found === undefined) continue;
    taken.push(found.place);
    labels.set(mark.id, found.label);
  }
  return labels;
}

/** Between a mark and its words, and before the next. */
const GAP = 12;
