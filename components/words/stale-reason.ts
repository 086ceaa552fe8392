import type { LiveState, SourceName, SourceStatus } from "@/lib/api/state";

export const SOURCE_WORDS: Record<SourceName, string> = { kubernetes: "Kubernetes", kiali: "Kiali", prometheus: "Prometheus", gateway: "Gateway" };

export interface Staleness {
  /** Why something on the screen is old, as one sentence without anything that changes every second. */
  reason: string;
  /** Since when, epoch ms by the server's clock (by this browser's for `server`); null = it never answered. */
  lastGood: number | null;
  /** It answers, and says no: how long ago it last answered is then beside the point. */
  isRefused: boolean;
  source: SourceName | "server";
}

/** What each broken source leaves on the screen, so that nobody takes an old picture for a new one. */
const LEFT: Record<"kubernetes" | "kiali" | "prometheus", { old: string; none: string }> = {
  kubernetes: { old: "Policies and workloads are as they were.", none: "Policies and workloads are not known." },
  kiali: { old: "The traffic is as it was; dots stand still.", none: "Only Padlock's own calls are known." },
  prometheus: { old: "The traffic is as it was; dots stand still.", none: "What runs is shown; of its traffic only Padlock's own calls are known." },
};

/**
 * What is old on the screen, the nearest cause first; null when everything answers. A gateway that cannot be found makes nothing old: its act says so.
 * @param down why the line to Padlock's own server is down, since when by this browser's clock
 */
export function toStaleness(state: LiveState | null, down: { reason: string; since: number } | null): Staleness | null {
  if (down !== null)
    return {
      reason: `${toSentence(down.reason)} Everything on the page is as it was. If Padlock was stopped, run npm start again.`,
      lastGood: down.since,
      isRefused: false,
      source: "server",
    };
  if (state === null) return null;
  for (const source of ["kubernetes", "kiali", "prometheus"] as const) {
    const status = state.sources[source];
    if (isGood(status)) continue;
    return {
      reason: `${toProblem(source, status)} ${toLeft(source, status, state)}`,
      lastGood: status.lastGood,
      isRefused: status.state === "forbidden",
      source,
    };
  }
  return null;
}

function toProblem(source: keyof typeof LEFT, { state, reason }: SourceStatus): string {
  const why = toSentence(reason ?? "no reason was given");
  // It answers: what it refuses stands in its own words.
  return state === "forbidden" ? why : `${SOURCE_WORDS[source]} is ${state}: ${why}`;
}

/** Of the Kubernetes API one kind may be refused and the others read: only what is not known is said to be so. */
function toLeft(source: keyof typeof LEFT, { state, lastGood }: SourceStatus, { unread }: Pick<LiveState, "unread">): string {
  if (lastGood !== null) return LEFT[source].old;
  const isOnlyPolicies = source === "kubernetes" && state === "forbidden" && !unread.some(({ kind }) => kind === "Pod");
  return isOnlyPolicies ? "No policy is known; workloads are shown." : LEFT[source].none;
}

/** The picture of the traffic is old: its dots stop and its locks lose their colour. */
export function isTrafficStale(state: LiveState, down: object | null): boolean {
  return down !== null || !isGood(state.sources.kiali) || !isGood(state.sources.prometheus);
}

function isGood({ state }: SourceStatus): boolean {
  return state === "ok" || state === "connecting";
}

function toSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
