import type { RequestReport, Telemetry } from "../telemetry";
import { extrapolatedRate } from "./rate";
import { createSampleRing, type SampleRing } from "./sample-ring";

/** The cluster's name as Istio and Kiali have it when nobody gave one. */
export const CLUSTER = "Kubernetes";

/** All labels of one `istio_requests_total` series; a proxy adds the cluster names to what it reports. */
export interface RequestLabels extends RequestReport {
  source_cluster: string;
  destination_cluster: string;
}
export type LabelName = keyof RequestLabels;

/** Label matchers as PromQL has them: equal, `{ not }` unequal, or a pattern (write it anchored, PromQL's `=~` is). */
export type Selector = Partial<Record<LabelName, string | { not: string } | RegExp>>;

export interface RateSample {
  labels: RequestLabels;
  /** Requests per second. */
  value: number;
}

/** Nobody answers at Prometheus' address; the message is the one its Go client gives, as Kiali hands it on. */
export class PrometheusUnreachableError extends Error {
  override readonly name = "PrometheusUnreachableError";
  constructor() {
    super('Post "http://127.0.0.1:9090/api/v1/query": dial tcp 127.0.0.1:9090: connect: connection refused');
  }
}

export interface Metrics extends Telemetry {
  /** Takes one sample of every counter, at the present time. */
  scrape(): void;
  /**
   * `rate(istio_requests_total{selector}[windowSeconds])` at an instant. Series come in the order of their birth, which is the order in
   * which Prometheus' head block has them; a series with fewer than two samples in the window is left out.
   * @throws PrometheusUnreachableError while `setUnavailable(true)`
   */
  rate(selector: Selector, windowSeconds: number, atUnixSeconds: number): RateSample[];
  /** Lets a test, or a lesson, take Prometheus away. Counting and scraping go on. */
  setUnavailable(unavailable: boolean): void;
  /** Begins to scrape at the interval. */
  start(): void;
  close(): void;
  readonly stats: { series: number; droppedReports: number };
}

export interface MetricsOptions {
  /** Milliseconds since 1970. */
  now?: () => number;
  scrapeIntervalMs?: number;
  retentionMs?: number;
  /** Reports that would open a series beyond this are dropped and counted: a caller must not be able to fill the memory with labels. */
  maxSeries?: number;
}

interface Series {
  labels: RequestLabels;
  counter: number;
  samples: SampleRing;
}

const LABEL_ORDER = [
  "reporter",
  "source_workload",
  "source_workload_namespace",
  "source_principal",
  "source_app",
  "source_version",
  "source_canonical_service",
  "source_canonical_revision",
  "destination_workload",
  "destination_workload_namespace",
  "destination_principal",
  "destination_app",
  "destination_version",
  "destination_service",
  "destination_service_name",
  "destination_service_namespace",
  "destination_canonical_service",
  "destination_canonical_revision",
  "request_protocol",
  "response_code",
  "response_flags",
  "connection_security_policy",
] as const satisfies readonly (keyof RequestReport)[];

/**
 * The lab's Prometheus: counts what the sidecars report, samples every counter at the scrape interval, keeps the samples for the
 * retention (20 minutes by default; memory is bounded by maxSeries × retention ÷ interval × 8 bytes) and answers `rate`.
 * A counter born between two scrapes is first seen with the value it has by then, so its first increase is invisible, as on a real mesh.
 */
export function createMetrics({ now = Date.now, scrapeIntervalMs = 1000, retentionMs = 20 * 60_000, maxSeries = 1000 }: MetricsOptions = {}): Metrics {
  const series = new Map<string, Series>();
  const clock = createSampleRing(Math.ceil(retentionMs / scrapeIntervalMs) + 1);
  let droppedReports = 0;
  let unavailable = false;
  let timer: NodeJS.Timeout | undefined;

  function record(report: RequestReport): void {
    const key = LABEL_ORDER.map((label) => report[label]).join("\n");
    let entry = series.get(key);
    if (entry === undefined) {
      if (series.size >= maxSeries) {
        droppedReports++;
        return;
      }
      entry = { labels: withClusters(report), counter: 0, samples: createSampleRing(clock.capacity, clock.end) };
      series.set(key, entry);
    }
    entry.counter++;
  }

  function scrape(): void {
    const time = now();
    // Prometheus refuses samples that are not newer than the last one, too.
    if (clock.end > 0 && time <= (clock.at(clock.end - 1) ?? 0)) return;
    for (const entry of series.values()) entry.samples.push(entry.counter);
    clock.push(time);
  }

  function rate(selector: Selector, windowSeconds: number, atUnixSeconds: number): RateSample[] {
    if (unavailable) throw new PrometheusUnreachableError();
    const rangeEnd = atUnixSeconds * 1000;
    const rangeStart = rangeEnd - windowSeconds * 1000;
    const [from, to] = scrapesWithin(clock, rangeStart, rangeEnd);
    const result: RateSample[] = [];
    for (const { labels, samples } of series.values()) {
      if (!matches(labels, selector)) continue;
      const first = Math.max(from, samples.begin);
      const value = extrapolatedRate({ times: clock.slice(first, to), values: samples.slice(first, to) }, rangeStart, rangeEnd);
      if (value !== undefined) result.push({ labels, value });
    }
    return result;
  }

  return {
    record,
    scrape,
    rate,
    setUnavailable(value) {
      unavailable = value;
    },
    start() {
      if (timer !== undefined) return;
      timer = setInterval(scrape, scrapeIntervalMs);
      // Scraping alone is no reason for the process to live on.
      timer.unref();
    },
    close() {
      clearInterval(timer);
      timer = undefined;
    },
    get stats() {
      return { series: series.size, droppedReports };
    },
  };
}

/** Istio says `unknown` for the cluster of a peer it knows nothing about. */
function withClusters(report: RequestReport): RequestLabels {
  const destinationKnown = report.destination_workload !== "unknown" || report.destination_service_namespace !== "unknown";
  return {
    ...report,
    source_cluster: report.source_workload === "unknown" ? "unknown" : CLUSTER,
    destination_cluster: destinationKnown ? CLUSTER : "unknown",
  };
}

/** @returns whether a series carries what the selector asks for */
export function matches(labels: RequestLabels, selector: Selector): boolean {
  for (const [label, matcher] of Object.entries(selector) as [LabelName, Selector[LabelName]][]) {
    const value = labels[label];
    if (matcher === undefined) continue;
    if (typeof matcher === "string" ? value !== matcher : matcher instanceof RegExp ? !matcher.test(value) : value === matcher.not) return false;
  }
  return true;
}

/** @returns the numbers of the first scrape in (start, end] and of the one after the last */
function scrapesWithin(clock: SampleRing, startMs: number, endMs: number): [number, number] {
  let to = clock.end;
  while (to > clock.begin && (clock.at(to - 1) ?? 0) > endMs) to--;
  let from = to;
  while (from > clock.begin && (clock.at(from - 1) ?? 0) > startMs) from--;
  return [from, to];
}
