import type { SourceStatus } from "@/lib/api/state";
import type { GraphPollState } from "@/lib/kiali/poll";

/** Kiali alone asks Prometheus, so that what a poll meets says something of both: which of the two is well, and which is not. */
export function toKialiSources(poll: GraphPollState, reachedBy: string | null): { kiali: SourceStatus; prometheus: SourceStatus } {
  const { state, reason, culprit, since, lastGood, lastAnswer, nextTry } = poll;
  if (culprit === "prometheus") {
    return {
      kiali: { state: "ok", reason: null, since, lastGood: lastAnswer, nextTry, reachedBy },
      prometheus: { state: "down", reason, since, lastGood, nextTry },
    };
  }
  return {
    kiali: { state, reason, since, lastGood: lastAnswer, nextTry, reachedBy },
    prometheus: { state: state === "ok" ? "ok" : "connecting", reason: state === "ok" ? null : toUnknown(state), since, lastGood, nextTry: null },
  };
}

/** Nobody can tell, and that is no fault of Prometheus'. */
function toUnknown(state: SourceStatus["state"]): string | null {
  if (state === "connecting") return null;
  return state === "absent" ? "Only a Kiali asks Prometheus, and there is none" : "Only Kiali asks Prometheus, and no answer about it comes now";
}
