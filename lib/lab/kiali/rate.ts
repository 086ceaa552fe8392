/** One series' samples inside a range: times in milliseconds, ascending, and the counter's value at each. */
export interface RangeSamples {
  times: readonly number[];
  values: readonly number[];
}

/**
 * PromQL's `rate()` of a counter: increases per second, with what a reset took away put back, and stretched towards the edges of the
 * range as Prometheus does (`extrapolatedRate` in promql/functions.go, 2026). The stretch matters here: for a window of ten seconds and
 * one sample a second it is a tenth of the result.
 * @param samples what was scraped in (start, end]
 * @returns per second, or undefined with fewer than two samples: one point has no slope
 */
export function extrapolatedRate(samples: RangeSamples, rangeStartMs: number, rangeEndMs: number): number | undefined {
  const { times, values } = samples;
  const last = values.length - 1;
  const firstTime = times[0];
  const firstValue = values[0];
  const lastTime = times[last];
  const lastValue = values[last];
  if (last < 1 || firstTime === undefined || firstValue === undefined || lastTime === undefined || lastValue === undefined) return undefined;

  let increase = lastValue - firstValue;
  for (let i = 1; i <= last; i++) {
    const before = values[i - 1] ?? 0;
    if ((values[i] ?? 0) < before) increase += before;
  }

  const sampled = (lastTime - firstTime) / 1000;
  const averageInterval = sampled / last;
  // A sample expected near an edge and not found means that the series began or ended inside the range: half an interval is the guess.
  const reach = (distance: number) => (distance < averageInterval * 1.1 ? distance : averageInterval / 2);
  let toStart = reach((firstTime - rangeStartMs) / 1000);
  const toEnd = reach((rangeEndMs - lastTime) / 1000);
  // A counter cannot have been negative: never stretch back beyond the moment at which the slope puts it at zero.
  if (increase > 0 && firstValue >= 0) toStart = Math.min(toStart, sampled * (firstValue / increase));

  return (increase * ((sampled + toStart + toEnd) / sampled)) / ((rangeEndMs - rangeStartMs) / 1000);
}

/** PromQL's `round(value, 0.001)`, which Kiali wraps around every query. */
export function roundToThousandth(value: number): number {
  return Math.floor(value * 1000 + 0.5) / 1000;
}
