/** RFC 3339 in whole seconds: metav1.Time has no finer grain. */
export function toTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** An age as kubectl shows it: two units where the larger one alone would be coarse (apimachinery, duration.HumanDuration). */
export function toAge(since: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(since)) / 1_000);
  if (Number.isNaN(seconds) || seconds < -1) return "<invalid>";
  const two = (unit: number, name: string, smaller: number, smallerName: string) => {
    const rest = Math.floor((seconds % unit) / smaller);
    return `${Math.floor(seconds / unit)}${name}${rest > 0 ? `${rest}${smallerName}` : ""}`;
  };
  if (seconds < 2 * MINUTE) return `${Math.max(seconds, 0)}s`;
  if (seconds < 10 * MINUTE) return two(MINUTE, "m", 1, "s");
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return two(HOUR, "h", MINUTE, "m");
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return two(DAY, "d", HOUR, "h");
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return two(YEAR, "y", DAY, "d");
  return `${Math.floor(seconds / YEAR)}y`;
}
