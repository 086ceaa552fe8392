/** Differences of whole seconds are usual and only blur ages; beyond this times of two machines cannot be put in one order, ms. */
const TOLERATED_MS = 5_000;

/** @param aheadMs of the API server's clock against Padlock's; null = not known @returns a sentence; null when both agree */
export function toClockWarning(aheadMs: number | null): string | null {
  if (aheadMs === null || Math.abs(aheadMs) <= TOLERATED_MS) return null;
  const words = toWords(Math.abs(aheadMs));
  return `The API server's clock is ${words} ${aheadMs > 0 ? "ahead of" : "behind"} Padlock's. Ages on this page are by Padlock's clock; times of objects and proxy logs are by the cluster's. Set both by NTP.`;
}

function toWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
