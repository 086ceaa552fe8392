import type { SwitchChange } from "@/lib/api/state";
import { toClock } from "../words/age";
import { Name } from "../words/name";

interface Step {
  name: string;
  lit: boolean;
  says: string | null;
}

/** The four steps of a change, each lit by its own source: our request, the API server's watch, the first check, the last check. */
export function ChangeSteps({ change, requesting }: { change: SwitchChange | null; requesting: boolean }) {
  const fresh = requesting ? null : change;
  const missing = fresh !== null && fresh.enforcedAt === null ? fresh.enforced.filter(({ at }) => at === null) : [];
  return (
    <div data-change={fresh?.mode ?? "requested"}>
      <ol className="grid grid-cols-4 gap-1 text-xs/4" aria-label="Steps of the change">
        {toSteps(fresh, requesting).map((step) => (
          <li
            key={step.name}
            data-step={step.name}
            data-lit={step.lit}
            className={`border-t-[3px] pt-1.5 ${step.lit ? "border-accent text-ink" : "border-line text-muted"}`}
          >
            {step.name}
            <span className="sr-only">{step.lit ? ": seen" : ": not seen"}</span>
            <span className="block min-h-4 text-[11px]/4 text-muted">{step.says}</span>
          </li>
        ))}
      </ol>
      {missing.length > 0 && fresh?.enforcing != null && (
        <ul className="mt-1 text-xs/4 text-muted">
          {missing.map(({ workload, says }) => (
            <li key={workload}>
              <Name>{workload}</Name>: <Name>{says}</Name>
            </li>
          ))}
        </ul>
      )}
      {fresh?.unverified != null && <p className="any-name mt-1 text-xs/4 text-ink">{fresh.unverified}</p>}
    </div>
  );
}

function toSteps(change: SwitchChange | null, requesting: boolean): Step[] {
  const elsewhere = change?.by === "elsewhere";
  const enforced = change?.enforcedAt != null;
  const { enforcing = null } = change ?? {};
  return [
    // Somebody else's request was never seen by us, only what came of it.
    {
      name: "requested",
      lit: requesting || (change !== null && change.requestedAt !== null),
      says: elsewhere ? "elsewhere" : change?.requestedAt == null ? null : toClock(change.requestedAt),
    },
    { name: "stored", lit: change?.storedAt != null, says: toStored(change) },
    {
      name: "enforcing",
      lit: enforcing !== null || enforced,
      says: enforcing === null ? null : `${enforcing.checks} ${enforcing.checks === 1 ? "check" : "checks"}`,
    },
    { name: "enforced", lit: enforced, says: toEnforced(change) },
  ];
}

function toStored(change: SwitchChange | null): string | null {
  if (change?.storedAt == null) return null;
  return change.requestedAt === null ? toClock(change.storedAt) : `after ${toSeconds(change.storedAt - change.requestedAt)}`;
}

function toEnforced(change: SwitchChange | null): string | null {
  if (change?.enforcing == null) return null;
  const { checkedWorkloads, totalWorkloads } = change.enforcing;
  const delay = change.storedAt === null || change.enforcedAt === null ? "" : `, ${toSeconds(change.enforcedAt - change.storedAt)}`;
  return `${checkedWorkloads} of ${totalWorkloads}${delay}`;
}

function toSeconds(ms: number): string {
  return `${Math.max(0, ms / 1000).toFixed(2)} s`;
}
