/**
 * Kiali's `unknown` caller and Padlock's own calls without sidecar are the same traffic, seen twice. What our calls cannot explain is somebody else's.
 */
export interface UnknownTraffic {
  /** Requests/s that Kiali gives the `unknown` caller on one line. */
  edgeRate: number;
  windowSeconds: number;
  /** When our own calls without sidecar that were answered there began, epoch ms. Refused ones leave no metric and do not belong here. */
  ownCallTimes: readonly number[];
  /** The same for Padlock's enforcement checks. */
  checkTimes: readonly number[];
  /** The instant Kiali's answer speaks of, epoch ms. */
  dataAt: number;
  /** How often Prometheus asks the proxies, seconds. */
  scrapeSeconds: number;
}

export interface UnidentifiedTraffic {
  /** Requests/s that are certainly not all ours; 0 when ours can explain everything. */
  unidentifiedRate: number;
  /** Ours can explain it only with the figures' error: somebody else may be in there. */
  uncertain: boolean;
}

/** Kiali prints rates with two decimals. */
const ROUNDING = 0.01;

/**
 * Tolerance: a rate over W seconds scraped every S is measured between the first and the last scrape in the window, at least W − 2S apart, and stretched to
 * W (Prometheus rate()). So n calls of ours can look like anything up to n ÷ (W − 2S), and calls up to one scrape before the window may be in it. Where W is
 * not longer than 2S nothing can be told apart.
 */
export function subtractOwn({ edgeRate, windowSeconds, ownCallTimes, checkTimes, dataAt, scrapeSeconds }: UnknownTraffic): UnidentifiedTraffic {
  if (!(edgeRate > 0)) return { unidentifiedRate: 0, uncertain: false };
  const times = [...ownCallTimes, ...checkTimes];
  const start = dataAt - windowSeconds * 1_000;
  const possible = times.filter((at) => at >= start - scrapeSeconds * 1_000 && at <= dataAt).length;
  if (possible === 0) return { unidentifiedRate: edgeRate, uncertain: false };
  const covered = windowSeconds - 2 * scrapeSeconds;
  if (covered <= 0) return { unidentifiedRate: 0, uncertain: true };
  const expected = times.filter((at) => at >= start && at <= dataAt).length / windowSeconds;
  if (edgeRate > possible / covered + ROUNDING) return { unidentifiedRate: Math.max(0, edgeRate - expected), uncertain: false };
  return { unidentifiedRate: 0, uncertain: edgeRate > expected + ROUNDING };
}
