import type { Posture } from "@/lib/api/state";
import { LockIcon } from "../locks/LockIcon";
import { toAge } from "../words/age";
import type { ViewState } from "./view-url";

/** The first thing that is read: lock, namespace, mode, share, refusals, and how old that is. */
export function PostureLine({ posture, now, view, onView }: { posture: Posture; now: number; view: ViewState; onView: (change: Partial<ViewState>) => void }) {
  const age = posture.observedAt === null ? "no traffic seen yet" : `last ${posture.windowSeconds} s, ${toAge(now - posture.observedAt)} old`;
  return (
    <div className="flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 px-6 py-2" data-posture={posture.lock.state}>
      <LockIcon state={posture.lock.state} size={26} />
      <h2 className="text-lg font-bold tracking-tight whitespace-nowrap">
        {posture.namespace} · {posture.mode ?? "policy not read"}
      </h2>
      <p className="min-w-0 flex-1 text-sm text-muted">{[...posture.facts, age].join(" · ")}</p>
      <Toggle label="Traffic animation" on={view.animation} onChange={(animation) => onView({ animation })} />
      <Toggle label="Security" on={view.security} onChange={(security) => onView({ security })} />
      <fieldset className="inline-flex overflow-hidden rounded-lg border border-line bg-surface text-[13px]">
        <legend className="sr-only">View</legend>
        {(["graph", "table"] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={view.view === name}
            onClick={() => onView({ view: name })}
            className={`px-3 py-1.5 font-semibold capitalize ${view.view === name ? "bg-ink text-surface" : "text-muted hover:text-ink"}`}
          >
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Toggle({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      onClick={() => onChange(!on)}
      className="inline-flex items-center gap-1.5 rounded text-[13px] text-muted hover:text-ink"
    >
      <span
        aria-hidden="true"
        className={`inline-flex h-4 w-7 items-center rounded-full border p-px ${on ? "justify-end border-accent bg-accent" : "border-unknown bg-surface"}`}
      >
        <span className={`size-3 rounded-full ${on ? "bg-accent-ink" : "bg-unknown"}`} />
      </span>
      {label}
    </button>
  );
}
