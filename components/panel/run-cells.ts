import type { RunStatus } from "@/lib/api/state";
import type { Call, CallOutcome } from "@/lib/mesh/calls";

export interface RunCell {
  number: number;
  /** `sent` = it was made, and what it met is not kept on this page any more. */
  state: CallOutcome | "sent" | "not-yet";
  call: Call | null;
}

/** A cell for each planned call, in order. The page is told of the newest calls only, so the oldest of a run may be known by number alone. */
export function toRunCells(run: RunStatus, calls: readonly Call[]): RunCell[] {
  const own = calls.filter((call) => call.runId === run.id);
  const forgotten = Math.max(0, run.sent - own.length);
  return Array.from({ length: run.planned ?? 0 }, (_, index) => {
    const call = index < forgotten ? null : (own[index - forgotten] ?? null);
    return { number: index + 1, state: call?.outcome ?? (index < forgotten ? "sent" : "not-yet"), call };
  });
}
