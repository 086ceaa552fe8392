/** "now", "6 s", "3 min", "2 h", "3 days": ages as short as they can be said. @param ms age, may be slightly negative when clocks differ */
export function toAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 1) return "now";
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export const toAgo = (ms: number): string => (ms < 500 ? "just now" : `${toAge(ms)} ago`);

/** How old figures are: "6 s old", "fresh". */
export function toDataAge(ms: number): string {
  const age = toAge(ms);
  return age === "now" ? "fresh" : `${age} old`;
}

/** The person's own time of day, to the second. */
export function toClock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** The person's own time of day, to the minute. */
export function toMinute(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** Milliseconds as people say them: 0.8 ms, 13 ms, 1.2 s. */
export function toDuration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Requests/s with two figures that matter. */
export function toRate(rate: number): string {
  if (!Number.isFinite(rate) || rate <= 0) return "0";
  return rate < 0.01 ? "< 0.01" : rate < 10 ? rate.toFixed(2) : rate < 100 ? rate.toFixed(1) : String(Math.round(rate));
}
