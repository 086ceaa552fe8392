import { expect, test } from "vitest";
import { watchEventLoop } from "./event-loop";
import { createMetrics, type Gauges } from "./metrics";

const gauges: Gauges = {
  version: '1"\\\n',
  states: { kubernetes: "ok", kiali: "down", gateway: "istioinaction/web-api" },
  streamClients: 3,
  loadRunning: true,
  eventLoopLag: 0.25,
};

/** By the rules of the text exposition format 0.0.4: one HELP and TYPE before a family's samples, each sample a number. */
function parse(text: string) {
  const samples = new Map<string, number>();
  const families = new Map<string, string>();
  let family = "";
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      expect(families.has(name), name).toBe(false);
      family = name;
    } else if (keyword === "TYPE") {
      expect(name).toBe(family);
      families.set(name, rest);
    } else {
      const [, series = "", of = "", value = ""] = /^(([a-z_]+)(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})?) (\S+)$/.exec(line) ?? [];
      expect(of, line).toBe(family);
      expect(Number.isFinite(Number(value)), line).toBe(true);
      expect(samples.has(series), line).toBe(false);
      samples.set(series, Number(value));
    }
  }
  return { samples, families };
}

test("the text is what Prometheus reads: every family with help and type, every series once", () => {
  const { samples, families } = parse(createMetrics().text(gauges));
  expect(families.get("padlock_upstream_calls_total")).toBe("counter");
  expect(families.get("padlock_stream_clients")).toBe("gauge");
  expect(samples.get("padlock_stream_clients")).toBe(3);
  expect(samples.get("padlock_load_running")).toBe(1);
  expect(samples.get("padlock_event_loop_lag_seconds")).toBe(0.25);
  expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  expect(Math.abs((samples.get("process_start_time_seconds") ?? 0) + process.uptime() - Date.now() / 1000)).toBeLessThan(2);
});

test("of a source one state is 1; an unknown one is none, and its words stay out", () => {
  const text = createMetrics().text(gauges);
  const { samples } = parse(text);
  expect(samples.get('padlock_source_state{source="kubernetes",state="ok"}')).toBe(1);
  expect(samples.get('padlock_source_state{source="kubernetes",state="down"}')).toBe(0);
  expect(samples.get('padlock_source_state{source="kiali",state="down"}')).toBe(1);
  expect([...samples].filter(([series, value]) => series.includes('"gateway",state') && value === 1)).toEqual([]);
  expect(text).not.toContain("web-api");
});

test("every series is there from the start and counts on", () => {
  const metrics = createMetrics();
  const series = 'padlock_load_calls_total{caller="without-sidecar",outcome="refused"}';
  const before = parse(metrics.text(gauges)).samples;
  expect(before.get(series)).toBe(0);
  for (let call = 0; call < 3; call++) metrics.count("padlock_load_calls_total", { caller: "without-sidecar", outcome: "refused" });
  // Past the types: a label of somebody else's.
  metrics.count("padlock_upstream_calls_total", { source: "kiali", outcome: "istioinaction" as "failed" });
  const after = parse(metrics.text(gauges)).samples;
  expect(after.get(series)).toBe(3);
  expect(after.size).toBe(before.size);
});

test("a loop that others wait for is seen while it is stuck and for a while afterwards", async () => {
  const loop = watchEventLoop();
  const until = performance.now() + 1_300;
  while (performance.now() < until);
  expect(loop.lag).toBeGreaterThan(0.7);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(loop.lag).toBeGreaterThan(0.7);
  loop.close();
});
