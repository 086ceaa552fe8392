import { type LiveState, SOURCE_NAMES, type SourceName, type SourceStatus } from "@/lib/api/state";
import { toAge } from "../words/age";
import { SOURCE_WORDS } from "../words/stale-reason";

const MARKS: Record<SourceStatus["state"], string> = {
  ok: "rounded-full bg-ok",
  connecting: "rounded-full border-2 border-unknown",
  stale: "rotate-45 border-2 border-bad",
  down: "rotate-45 bg-bad",
  forbidden: "rotate-45 bg-bad",
  absent: "rotate-45 border-2 border-unknown",
};

/** Prometheus is behind Kiali: it is shown when it is the one that does not answer. */
const BAD: ReadonlySet<SourceStatus["state"]> = new Set(["stale", "down"]);

/** Whether each source answers: round is well, a diamond is not; what is not well says its word. */
export function Sources({ sources, down, now }: { sources: LiveState["sources"]; down: { since: number } | null; now: number }) {
  return (
    <ul className="flex items-center gap-x-3.5 gap-y-1 text-[13px] text-muted max-sm:flex-wrap" aria-label="Sources">
      {SOURCE_NAMES.filter((name) => name !== "prometheus" || BAD.has(sources.prometheus.state)).map((name) => (
        <Source key={name} name={name} status={down === null ? sources[name] : toUnknown(sources[name], down.since)} isKnown={down === null} now={now} />
      ))}
    </ul>
  );
}

function Source({ name, status, isKnown, now }: { name: SourceName; status: SourceStatus; isKnown: boolean; now: number }) {
  const ok = status.state === "ok";
  const age = status.lastGood === null ? "" : `, last answered ${toAge(now - status.lastGood)} ago`;
  return (
    <li className="inline-flex items-center gap-1.5 whitespace-nowrap" data-source={name} data-state={status.state} title={status.reason ?? undefined}>
      <span aria-hidden="true" className={`inline-block size-2.5 shrink-0 ${MARKS[status.state]}`} />
      <span className={!isKnown || ok ? "max-sm:sr-only" : "font-semibold text-ink"}>
        {SOURCE_WORDS[name]}
        {!ok && isKnown && ` ${status.state}`}
      </span>
      <span className="sr-only">{ok ? " answers" : ` ${status.reason ?? ""}${age}`}</span>
    </li>
  );
}

/** Behind a server that does not answer, nothing is known of any source. */
function toUnknown(status: SourceStatus, since: number): SourceStatus {
  return { ...status, state: "stale", reason: "Padlock's own server does not answer, so nothing is known of it.", since };
}
