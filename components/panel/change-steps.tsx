import type { SwitchChange } from "@/lib/api/state";

/** The four steps of a change, each lit by its own source: our request, the API server's watch, the first check, the last check. */
export function ChangeSteps({ change, requesting }: { change: SwitchChange | null; requesting: boolean }) {
  const fresh = requesting ? null : change;
  const steps = [
    {
      name: "requested",
      lit: requesting || (fresh !== null && (fresh.requestedAt !== null || fresh.by === "elsewhere")),
      says: fresh?.by === "elsewhere" ? "elsewhere" : null,
    },
    { name: "stored", lit: fresh?.storedAt != null, says: toDelay(fresh?.requestedAt ?? null, fresh?.storedAt ?? null) },
    {
      name: "enforcing",
      lit: fresh?.enforcing != null || fresh?.enforcedAt != null,
      says: fresh?.enforcing && fresh.enforcedAt === null ? `${fresh.enforcing.checkedWorkloads} of ${fresh.enforcing.totalWorkloads}` : null,
    },
    { name: "enforced", lit: fresh?.enforcedAt != null, says: fresh?.enforcedAt != null ? toEnforced(fresh) : null },
  ];
  return (
    <div>
      <ol className="grid grid-cols-4 gap-1 text-xs/4" aria-label="Steps of the change">
        {steps.map((step) => (
          <li key={step.name} className={`border-t-[3px] pt-1.5 ${step.lit ? "border-accent text-ink" : "border-line text-muted"}`}>
            {step.name}
            <span className="sr-only">{step.lit ? ": done" : ": not yet"}</span>
            {step.says !== null && <span className="block text-[11px]/4">{step.says}</span>}
          </li>
        ))}
      </ol>
      {fresh?.unverified != null && <p className="mt-1.5 text-xs/4 text-muted">{fresh.unverified}</p>}
    </div>
  );
}

function toDelay(from: number | null, to: number | null): string | null {
  return from === null || to === null ? null : `${Math.max(0, (to - from) / 1000).toFixed(2)} s`;
}

function toEnforced(change: SwitchChange): string {
  const seen = change.enforced.filter((workload) => workload.at !== null).length;
  const delay = toDelay(change.storedAt, change.enforcedAt);
  return `${seen} of ${change.enforced.length}${delay === null ? "" : `, ${delay}`}`;
}
