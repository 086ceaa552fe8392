import type { Call, CallEncryption, Caller, CallOutcome } from "./calls";
import type { Evidence } from "./evidence";
import { formatAge, formatPercent } from "./figures";
import type { Lock, ReasonCode } from "./lock";
import type { EffectiveMode } from "./modes";

/** The words for what the glyphs show; the table, the legend and a screen reader say the same. */

/** "mutual TLS", "mixed 73 %", "plaintext", "refused ×4", "not measured". */
export function toLockWord({ state, percent, refused }: Pick<Lock, "state" | "percent" | "refused">): string {
  switch (state) {
    case "mutual-tls":
      return "mutual TLS";
    case "mixed":
      return `mixed ${formatShare(percent)}`;
    case "plaintext":
      return "plaintext";
    case "refused":
      return `refused ×${refused}`;
    case "not-measured":
      return "not measured";
  }
}

/** The word with its refusals, its reason and the newest fact behind it. */
export function toLockSentence(lock: Lock, now: number): string {
  const beside = lock.state !== "refused" && lock.refused > 0 ? `, refused ×${lock.refused}` : "";
  const [newest] = lock.evidence.toSorted((a, b) => b.at - a.at);
  return [`${capitalise(toLockWord(lock))}${beside}.`, lock.reason?.text, newest === undefined ? undefined : `${capitalise(toEvidenceWords(newest, now))}.`]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** "Kiali, from Prometheus, 6 s ago over 60 s: 100 % mutual TLS (deduced)". */
export function toEvidenceWords({ source, at, windowSeconds, says, deduced }: Evidence, now: number): string {
  const over = windowSeconds === undefined ? "" : ` over ${windowSeconds} s`;
  return `${source}, ${formatAge(at, now)}${over}: ${says}${deduced ? " (deduced)" : ""}`;
}

/** Between nothing and all there is always something of both: neither end is ever shown. */
function formatShare(percent: number | null): string {
  if (percent === null || !Number.isFinite(percent)) return "?";
  if (percent <= 0) return "<0.5 %";
  return percent >= 100 ? ">99.9 %" : formatPercent(percent);
}

/** The reason in a few words, for a label beside the lock. */
export const REASON_WORDS: Record<ReasonCode, string> = {
  "caller-without-sidecar": "caller has no sidecar",
  "server-without-sidecar": "server has no sidecar",
  "destination-rule": "DestinationRule decides",
  "port-exception": "port exempt",
  "policy-disable": "policy DISABLE",
  "outside-the-mesh": "outside the mesh",
  "one-way-tls": "TLS, one way",
  "too-few-samples": "too few samples",
  "no-destination-report": "server's side did not report",
  "source-down": "source down",
  idle: "no traffic",
  "window-older-than-change": "figures from before the change",
  "strict-refused-plaintext": "STRICT refused plaintext",
  "auto-mtls-off": "auto mutual TLS is off",
  unexplained: "no known rule explains it",
};

export const OUTCOME_WORDS: Record<CallOutcome, string> = {
  served: "served",
  failed: "answered with an error",
  refused: "refused",
  unreachable: "unreachable",
  cancelled: "cancelled",
};

const ENCRYPTION_WORDS: Record<CallEncryption, string> = {
  "mutual-tls": "over mutual TLS",
  plaintext: "in plaintext",
  "one-way-tls": "over TLS, one way",
  "not-measured": "encryption not measured",
};

const CALLER_WORDS: Record<Caller, string> = { gateway: "the gateway", "with-sidecar": "with a sidecar", "without-sidecar": "without a sidecar" };

/** What one call met: "served over mutual TLS (deduced)", "served, encryption not measured", "refused: curl 56, nobody answered". */
export function toCallWords({ outcome, httpCode, curlExit, message, encryption, evidence }: Call): string {
  switch (outcome) {
    case "served": {
      const deduced = evidence.some((fact) => fact.deduced) ? " (deduced)" : "";
      const code = httpCode === null || httpCode === 200 ? "" : ` ${httpCode}`;
      return encryption === "not-measured" || evidence.length === 0
        ? `served${code}, ${ENCRYPTION_WORDS["not-measured"]}`
        : `served${code} ${ENCRYPTION_WORDS[encryption]}${deduced}`;
    }
    case "failed":
      return `answered with an error${httpCode === null ? "" : `: HTTP ${httpCode}`}`;
    case "refused":
      return `refused: ${curlExit === null ? (message ?? "the connection was broken off") : `curl ${curlExit}`}, nobody answered`;
    case "unreachable":
      return `unreachable${message === null ? "" : `: ${message}`}`;
    case "cancelled":
      return "cancelled";
  }
}

/** The projector's caption of a call: "The caller without a sidecar was turned away: connection reset by peer." */
export function toCallCaption({ caller, outcome, httpCode, message, encryption, evidence }: Call): string {
  const who = caller === "gateway" ? "A call through the gateway" : `The caller ${CALLER_WORDS[caller]}`;
  const why = message === null ? "" : `: ${lowerFirst(message.replace(/^curl: \(\d+\) /, "").replace(/^Recv failure: /, ""))}`;
  switch (outcome) {
    case "served":
      return encryption === "not-measured" || evidence.length === 0
        ? `${who} was served; its encryption was not measured.`
        : `${who} was served ${ENCRYPTION_WORDS[encryption]}.`;
    case "failed":
      return `${who} got an error${httpCode === null ? "" : `: HTTP ${httpCode}`}.`;
    case "refused":
      return `${who} was turned away${why}.`;
    case "unreachable":
      return `${who} reached nobody${why}.`;
    case "cancelled":
      return `${who} was stopped.`;
  }
}

/** The projector's captions of what happened to a policy. @param by whose act it was */
export function toPolicyCaption(namespace: string, mode: EffectiveMode, by: "padlock" | "elsewhere"): string {
  const what: Record<EffectiveMode, string> = {
    STRICT: "only mutual TLS is to be accepted",
    PERMISSIVE: "plaintext and mutual TLS are both accepted",
    DISABLE: "mutual TLS is switched off",
  };
  return `${namespace} is now ${mode}: ${what[mode]}${by === "elsewhere" ? " (changed from outside Padlock)" : ""}.`;
}

/** @param met what new plaintext connections met in the checks */
export function toEnforcedCaption(namespace: string, mode: EffectiveMode, met: { workloads: number; of: number }): string {
  const what = mode === "STRICT" ? "new plaintext connections are refused" : "new plaintext connections are served";
  return `${mode} is enforced in ${namespace}: ${what} by ${met.workloads} of ${met.of} ${met.of === 1 ? "workload" : "workloads"}.`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
