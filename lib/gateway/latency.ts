/**
 * A bounded histogram of times, after HdrHistogram's idea: each bucket is 1 % wider than the one before, so that a percentile is within
 * 0.5 % of the truth at any size, in 15 KB, however many times were recorded.
 */
export interface LatencyHistogram {
  /** @param ms at least 0; what is below 0.01 ms counts as that, what is above 1,000 s too */
  record(ms: number): void;
  /** @param percent above 0, at most 100 @returns ms; null when nothing was recorded */
  percentile(percent: number): number | null;
  readonly count: number;
  /** Exact; null when nothing was recorded. */
  readonly max: number | null;
}

export interface LatencySummary {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

const LEAST_MS = 0.01;
const MOST_MS = 1e6;
const GROWTH = 1.01;
const BUCKETS = Math.ceil(Math.log(MOST_MS / LEAST_MS) / Math.log(GROWTH)) + 1;

export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Float64Array(BUCKETS);
  let count = 0;
  let max = 0;
  return {
    record(ms) {
      if (!(ms >= 0)) throw new RangeError(`A time is not negative: ${ms}`);
      const bounded = Math.min(MOST_MS, Math.max(LEAST_MS, ms));
      const bucket = Math.floor(Math.log(bounded / LEAST_MS) / Math.log(GROWTH));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count++;
      max = Math.max(max, ms);
    },
    percentile(percent) {
      if (count === 0) return null;
      const rank = Math.max(1, Math.ceil((percent / 100) * count));
      let seen = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        seen += counts[bucket] ?? 0;
        // The middle of the bucket, on its own scale.
        if (seen >= rank) return Math.min(max, LEAST_MS * GROWTH ** (bucket + 0.5));
      }
      return max;
    },
    get count() {
      return count;
    },
    get max() {
      return count === 0 ? null : max;
    },
  };
}

/** @returns ms; null when nothing was recorded */
export function toLatencySummary(histogram: LatencyHistogram): LatencySummary | null {
  const [p50, p95, p99, max] = [histogram.percentile(50), histogram.percentile(95), histogram.percentile(99), histogram.max];
  return p50 === null || p95 === null || p99 === null || max === null ? null : { p50, p95, p99, max };
}
