/** Figures as words, the same everywhere. None is rounded into a claim it does not carry. */

/**
 * A share of mutual TLS in percent. Only exactly 100 reads "100 %" and only exactly 0 reads "0 %": what lies next to them keeps a decimal or a sign.
 */
export function formatPercent(percent: number): string {
  if (!Number.isFinite(percent)) return "? %";
  if (percent >= 100) return "100 %";
  if (percent <= 0) return "0 %";
  if (percent < 0.5) return "<0.5 %";
  if (percent > 99.9) return ">99.9 %";
  if (percent >= 99) return `${(Math.floor(percent * 10) / 10).toFixed(1).replace(".0", "")} %`;
  return `${Math.round(percent)} %`;
}

/** The share of a mixture: sums of very unequal rates would round to all of it, and a mixture is never all. */
export function toMixedPercent(percent: number): number {
  return Math.min(Math.max(percent, 0), 99.999);
}

/** How long ago, in words a glance takes in; what lies ahead by clock skew is "now". */
export function formatAge(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1_000);
  if (!Number.isFinite(seconds)) return "at an unknown time";
  if (seconds < 1) return "now";
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

/** @param offsetMinutes of the reader's zone from UTC, as `-new Date().getTimezoneOffset()` gives it */
export function formatTime(at: number, offsetMinutes = 0): string {
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return "an unknown time";
  const date = new Date(at + offsetMinutes * 60_000);
  return Number.isNaN(date.getTime()) ? "an unknown time" : date.toISOString().slice(11, 19);
}

/** "1 caller", "2 callers". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
