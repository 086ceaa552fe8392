import { expect, test } from "vitest";
import { toReports } from "./fixtures/traffic";
import { createMetrics, type Metrics, PrometheusUnreachableError } from "./metrics";

/** A clock in seconds; each `tick` is one second and one scrape. */
function createLab(options: { retentionMs?: number; maxSeries?: number } = {}) {
  let seconds = 1000;
  const metrics = createMetrics({ now: () => seconds * 1000, ...options });
  const call = (times = 1, ...[caller, callee]: Partial<Parameters<typeof toReports>>) => {
    for (let i = 0; i < times; i++) for (const report of toReports(caller ?? "gateway", callee ?? "webApi")) metrics.record(report);
  };
  const tick = (each?: () => void) => {
    seconds++;
    each?.();
    metrics.scrape();
  };
  return { metrics, call, tick, now: () => seconds };
}
const inbound = (metrics: Metrics, window: number, at: number) => metrics.rate({ reporter: "destination" }, window, at);

test("a steady stream has the rate it was sent at, over every window", () => {
  const { metrics, call, tick, now } = createLab();
  call();
  for (let i = 0; i < 120; i++) tick(() => call(4));
  for (const window of [10, 30, 60]) expect(inbound(metrics, window, now())[0]?.value).toBeCloseTo(4, 9);
});

test("a counter born between two scrapes has rate 0 until a later sample is higher", () => {
  const { metrics, call, tick, now } = createLab();
  tick();
  call(10);
  tick();
  expect(inbound(metrics, 60, now())).toEqual([]);
  tick();
  expect(inbound(metrics, 60, now())[0]?.value).toBe(0);
  tick(() => call());
  // 1 more in 2 s of samples, stretched by half an interval at the start: 1 × 2.5/2 ÷ 60.
  expect(inbound(metrics, 60, now())[0]?.value).toBeCloseTo(2.5 / 2 / 60, 10);
});

test("both reporters count, and a selector tells them apart", () => {
  const { metrics, call, tick, now } = createLab();
  for (let i = 0; i < 5; i++) {
    tick(() => {
      call(1);
      call(1, "outside", "webApi");
    });
  }
  const select = (selector: Parameters<Metrics["rate"]>[0]) =>
    metrics.rate(selector, 60, now()).map(({ labels }) => `${labels.reporter} ${labels.source_workload} ${labels.source_cluster}`);
  expect(select({})).toEqual(["destination istio-ingressgateway Kubernetes", "source istio-ingressgateway Kubernetes", "destination unknown unknown"]);
  expect(select({ source_workload: { not: "unknown" }, reporter: "source" })).toEqual(["source istio-ingressgateway Kubernetes"]);
  expect(select({ destination_service: /^.+\.istio-system\..+$/ })).toEqual([]);
});

test("the past can be asked; what has not happened yet is empty", () => {
  const { metrics, call, tick, now } = createLab();
  call();
  for (let i = 0; i < 30; i++) tick(() => call());
  for (let i = 0; i < 30; i++) tick();
  expect(inbound(metrics, 10, now() - 30)[0]?.value).toBeCloseTo(1, 9);
  expect(inbound(metrics, 10, now())[0]?.value).toBe(0);
  expect(inbound(metrics, 10, now() + 3600)).toEqual([]);
});

test("samples older than the retention are gone, memory stays", () => {
  const { metrics, call, tick, now } = createLab({ retentionMs: 20_000 });
  call();
  for (let i = 0; i < 100; i++) tick(() => call());
  expect(inbound(metrics, 10, now() - 50)).toEqual([]);
  // 21 samples of 1/s are left: 20 × 20.5/20 in a window of a minute.
  expect(inbound(metrics, 60, now())[0]?.value).toBeCloseTo(20.5 / 60, 9);
});

test("series beyond the cap are dropped and counted, those that are there go on", () => {
  const { metrics, call, tick, now } = createLab({ maxSeries: 2 });
  for (let i = 0; i < 3; i++) tick(() => call());
  call(1, "webApi", "recommendation");
  tick(() => call());
  expect(metrics.stats).toEqual({ series: 2, droppedReports: 2 });
  expect(inbound(metrics, 60, now())[0]?.value).toBeGreaterThan(0);
});

test("a clock that stands still or goes back adds no sample", () => {
  const { metrics, call, tick, now } = createLab();
  call();
  tick();
  metrics.scrape();
  metrics.scrape();
  expect(inbound(metrics, 60, now())).toEqual([]);
});

test("taken away, Prometheus answers nothing and goes on counting", () => {
  const { metrics, call, tick, now } = createLab();
  call();
  tick();
  metrics.setUnavailable(true);
  expect(() => inbound(metrics, 60, now())).toThrow(PrometheusUnreachableError);
  for (let i = 0; i < 9; i++) tick(() => call());
  metrics.setUnavailable(false);
  expect(inbound(metrics, 9, now())[0]?.value).toBeCloseTo(1, 9);
});

test("start scrapes by the clock, close ends it", async () => {
  const metrics = createMetrics({ scrapeIntervalMs: 10 });
  metrics.start();
  metrics.start();
  const until = Date.now() + 5000;
  while (inbound(metrics, 60, Date.now() / 1000 + 1).every(({ value }) => value === 0) && Date.now() < until) {
    for (const report of toReports("gateway", "webApi")) metrics.record(report);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(inbound(metrics, 60, Date.now() / 1000 + 1)[0]?.value).toBeGreaterThan(0);
  metrics.close();
  for (const report of toReports("gateway", "webApi")) metrics.record(report);
  const before = inbound(metrics, 60, Math.ceil(Date.now() / 1000) + 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(inbound(metrics, 60, Math.ceil(Date.now() / 1000) + 1)[0]?.value).toBe(before[0]?.value);
});
