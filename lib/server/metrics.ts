/**
 * What Padlock counts of itself, for Prometheus (text exposition format 0.0.4). Every label has a fixed set of values: no name from a mesh, and
 * so neither secrets nor growth.
 */

const SOURCES = ["kubernetes", "kiali", "prometheus", "gateway"] as const;
const STATES = ["connecting", "ok", "stale", "down", "forbidden", "absent"] as const;
/** `answered` well, `refused` with a reason (4xx), `failed` otherwise (5xx, an unusable answer), `unreachable` = no answer. */
export const UPSTREAM_OUTCOMES = ["answered", "refused", "failed", "unreachable"] as const;
export type UpstreamOutcome = (typeof UPSTREAM_OUTCOMES)[number];
const CALLERS = ["gateway", "with-sidecar", "without-sidecar"] as const;
const CALL_OUTCOMES = ["served", "failed", "refused", "unreachable", "cancelled"] as const;

/** In the order in which they are told; the label's name with its values. */
const COUNTERS = {
  padlock_upstream_calls_total: {
    help: "Requests to a source, by what came of them.",
    labels: { source: ["kubernetes", "kiali"] as const, outcome: UPSTREAM_OUTCOMES },
  },
  padlock_load_calls_total: { help: "Calls of loads and of keep sending, by caller.", labels: { caller: CALLERS, outcome: CALL_OUTCOMES } },
  padlock_probe_calls_total: { help: "Single calls that somebody asked for, by caller.", labels: { caller: CALLERS, outcome: CALL_OUTCOMES } },
  padlock_loads_total: { help: "Loads that were started.", labels: { kind: ["calls", "keep-sending"] as const } },
} as const;
type Counters = typeof COUNTERS;
export type CounterName = keyof Counters;
export type CounterLabels<N extends CounterName> = { [L in keyof Counters[N]["labels"]]: Counters[N]["labels"][L] extends readonly (infer V)[] ? V : never };

/** What is so now. */
export interface Gauges {
  version: string;
  /** By source; null = not known. */
  states: Partial<Record<string, string>>;
  streamClients: number;
  loadRunning: boolean;
  /** The longest wait of the last seconds, s. */
  eventLoopLag: number;
}

export interface Metrics {
  count<N extends CounterName>(name: N, labels: CounterLabels<N>): void;
  text(gauges: Gauges): string;
}

export function createMetrics(): Metrics {
  const counts = new Map<string, number>();
  // A series that starts with its first event is one whose first event a rate does not see.
  for (const [name, { labels }] of Object.entries(COUNTERS)) for (const series of combine(labels)) counts.set(toSeries(name, series), 0);
  return {
    count(name, labels) {
      const series = toSeries(name, labels as Record<string, string>);
      const count = counts.get(series);
      // What is not declared is a mistake of ours that must not become a label.
      if (count !== undefined) counts.set(series, count + 1);
    },
    text(gauges) {
      const lines = toGaugeLines(gauges);
      for (const [name, { help, labels }] of Object.entries(COUNTERS)) {
        const series = combine(labels).map((each) => toSeries(name, each));
        lines.push(
          ...toFamily(
            name,
            "counter",
            help,
            series.map((each) => `${each} ${counts.get(each) ?? 0}`),
          ),
        );
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

function toGaugeLines({ version, states, streamClients, loadRunning, eventLoopLag }: Gauges): string[] {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const single = (name: string, kind: "gauge" | "counter", help: string, value: number) => toFamily(name, kind, help, [`${name} ${value}`]);
  const state = SOURCES.flatMap((source) =>
    STATES.map((each) => `${toSeries("padlock_source_state", { source, state: each })} ${states[source] === each ? 1 : 0}`),
  );
  return [
    ...toFamily("padlock_build_info", "gauge", "Version of Padlock.", [`${toSeries("padlock_build_info", { version })} 1`]),
    ...toFamily("padlock_source_state", "gauge", "State of each source; one of a source's states is 1.", state),
    ...single("padlock_stream_clients", "gauge", "Open streams to pages.", streamClients),
    ...single("padlock_load_running", "gauge", "Whether a load or keep sending is going on.", loadRunning ? 1 : 0),
    ...single("padlock_event_loop_lag_seconds", "gauge", "The longest wait for the event loop in the last seconds.", eventLoopLag),
    ...single("process_resident_memory_bytes", "gauge", "Resident memory.", rss),
    ...single("nodejs_heap_used_bytes", "gauge", "Heap in use.", heapUsed),
    ...single("nodejs_external_memory_bytes", "gauge", "Memory of buffers beside the heap.", external),
    ...single("process_cpu_seconds_total", "counter", "Processor time, user and system.", (user + system) / 1_000_000),
    ...single("process_start_time_seconds", "gauge", "Start of the process, seconds since 1970.", Math.round(Date.now() / 1000 - process.uptime())),
  ];
}

function toFamily(name: string, type: "counter" | "gauge", help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function toSeries(name: string, labels: Record<string, string>): string {
  const list = Object.entries(labels).map(([label, value]) => `${label}="${value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))}"`);
  return `${name}{${list.join(",")}}`;
}

function combine(labels: Record<string, readonly string[]>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (sets, [label, values]) => sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
}
