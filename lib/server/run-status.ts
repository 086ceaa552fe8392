import type { RunStatus } from "@/lib/api/state";
import type { Call, Caller } from "@/lib/mesh/calls";

type Count = NonNullable<RunStatus["byCaller"][Caller]>;

/** Counts a run's calls by caller and outcome. */
export function createRunCount() {
  const byCaller: RunStatus["byCaller"] = {};
  const hops = new Map<string, number>();
  return {
    byCaller,
    add({ caller, outcome, path }: Pick<Call, "caller" | "outcome" | "path">): void {
      byCaller[caller] ??= { sent: 0, served: 0, failed: 0, refused: 0, unreachable: 0 };
      const count: Count = byCaller[caller];
      count.sent += 1;
      if (outcome !== "cancelled") count[outcome] += 1;
      if (path.length > 0) hops.set("longest", Math.max(hops.get("longest") ?? 0, path.length));
    },
    /** Services on the longest path an answer told of. */
    get longestPath(): number {
      return hops.get("longest") ?? 0;
    },
  };
}
export type RunCount = ReturnType<typeof createRunCount>;

/** What a run says of itself, e.g. "10 answered 200 · path of 3 services". */
export function toRunSentence(run: Pick<RunStatus, "kind" | "byCaller" | "end" | "planned" | "sent">, longestPath: number, problem: string | null): string {
  const total = { served: 0, failed: 0, refused: 0, unreachable: 0 };
  for (const count of Object.values(run.byCaller)) for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += count[key];
  const parts = [
    total.served > 0 && `${total.served} answered`,
    total.failed > 0 && `${total.failed} answered with an error`,
    total.refused > 0 && `${total.refused} refused`,
    total.unreachable > 0 && `${total.unreachable} unreachable`,
    longestPath > 0 && `path of ${longestPath} ${longestPath === 1 ? "service" : "services"}`,
  ].filter((part) => part !== false);
  const counted = parts.length === 0 ? "nothing answered yet" : parts.join(" · ");
  switch (run.end) {
    case null:
      return run.kind === "calls" ? `Sending · ${counted}` : `Sending until stopped · ${counted}`;
    case "finished":
      return counted;
    case "cancelled":
      return `Stopped · ${counted}`;
    case "starter-gone":
      return `Ended, because the page that started it was closed · ${counted}`;
    case "limit":
      return `Ended at its limit · ${counted}`;
    case "failed":
      return `Failed: ${problem ?? "a call could not be made"} · ${counted}`;
  }
}
