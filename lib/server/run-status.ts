import type { RunStatus } from "@/lib/api/state";
import type { Call, Caller, CallHop } from "@/lib/mesh/calls";

type Count = NonNullable<RunStatus["byCaller"][Caller]>;

/** Counts a run's calls by caller and outcome. */
export function createRunCount() {
  const byCaller: RunStatus["byCaller"] = {};
  let path: readonly CallHop[] = [];
  return {
    byCaller,
    add({ caller, outcome, path: told }: Pick<Call, "caller" | "outcome" | "path">): void {
      byCaller[caller] ??= { sent: 0, served: 0, failed: 0, refused: 0, unreachable: 0 };
      const count: Count = byCaller[caller];
      count.sent += 1;
      if (outcome !== "cancelled") count[outcome] += 1;
      if (told.length > path.length) path = told;
    },
    /** The longest path that an answer told of: `web-api → recommendation`. */
    get path(): string {
      return toPathWords(path);
    },
  };
}
export type RunCount = ReturnType<typeof createRunCount>;

/** A chain with arrows; where a service called several others, the names alone, since arrows would tell a wrong order. */
export function toPathWords(path: readonly CallHop[]): string {
  const isChain = path.every(({ depth }, index) => depth === undefined || depth === index);
  return path.map(({ name }) => name || "?").join(isChain ? " → " : ", ");
}

/** What a run says of itself, e.g. "10 answered · web-api → recommendation". */
export function toRunSentence(run: Pick<RunStatus, "kind" | "byCaller" | "end" | "planned" | "sent">, path: string, problem: string | null): string {
  const total = { served: 0, failed: 0, refused: 0, unreachable: 0 };
  for (const count of Object.values(run.byCaller)) for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += count[key];
  const parts = [
    total.served > 0 && `${total.served} answered`,
    total.failed > 0 && `${total.failed} answered with an error`,
    total.refused > 0 && `${total.refused} refused`,
    total.unreachable > 0 && `${total.unreachable} unreachable`,
    path !== "" && path,
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
