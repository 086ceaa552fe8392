import { toAge } from "../words/age";
import type { Staleness } from "../words/stale-reason";

/** Across the page while something on it is old: the cause, what is old, and how old. */
export function StaleBanner({ staleness, now, className = "" }: { staleness: Staleness; now: number; className?: string }) {
  return (
    <section
      aria-label="Warning"
      data-stale-source={staleness.source}
      className={`flex flex-wrap items-baseline gap-x-3 border-bad bg-bad/10 text-ink ${className}`}
    >
      <p className="any-name line-clamp-3 flex-1 basis-80">{staleness.reason}</p>
      <p className="font-semibold whitespace-nowrap">{toAgeWords(staleness, now)}</p>
    </section>
  );
}

function toAgeWords({ lastGood, isRefused }: Staleness, now: number): string {
  if (lastGood !== null) return now - lastGood < 1_000 ? "since just now" : `for ${toAge(now - lastGood)}`;
  return isRefused ? "not allowed" : "never answered";
}
