import type { CallerCandidate } from "@/lib/api/callers";
import type { Call } from "@/lib/mesh/calls";
import { toDuration } from "../words/age";

/** "HTTP 200 in 11 ms", "connection reset by peer · curl exit 56": what a call met, in as few words as carry it. */
export function toMeeting(call: Call): string {
  if (call.outcome === "served" || call.outcome === "failed") return `HTTP ${call.httpCode ?? "?"} in ${toDuration(call.latencyMs)}`;
  const words = call.message?.replace(/^curl: \(\d+\) /, "").replace(/^Recv failure: /, "") ?? "no answer";
  return [words.charAt(0).toLowerCase() + words.slice(1), call.curlExit === null ? null : `curl exit ${call.curlExit}`]
    .filter((part) => part !== null)
    .join(" · ");
}

/** Where the encryption was seen, when somebody else than the call itself told; null otherwise. */
export function toWitness(call: Call): string | null {
  if (call.encryption === "not-measured") return null;
  const evidence = call.evidence.find(({ source }) => source !== "our own call");
  return evidence === undefined ? null : `${evidence.deduced ? "deduced from" : "seen in"} ${evidence.source}`;
}

/** "sleep in default" of `default/sleep`. */
export function toCallerWords(name: string): string {
  const slash = name.indexOf("/");
  return slash === -1 ? name : `${name.slice(slash + 1)} in ${name.slice(0, slash)}`;
}

/** "Padlock itself (padlock in padlock)" where this very process calls, else as above. */
export function toCallerName(name: string, candidates: readonly CallerCandidate[]): string {
  const words = toCallerWords(name);
  return candidates.find(({ workload }) => workload === name)?.by === "padlock" ? `Padlock itself (${words})` : words;
}
