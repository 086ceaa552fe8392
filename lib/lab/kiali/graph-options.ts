import type { Namespace } from "./cluster";
import type { RequestedNamespace, TrafficOptions } from "./namespace-traffic";
import type { GraphType } from "./traffic-map";

/** A request that Kiali refuses, with the status and the words that it refuses it with. */
export class KialiRequestError extends Error {
  override readonly name = "KialiRequestError";
  constructor(
    readonly status: 400 | 403,
    message: string,
  ) {
    super(message);
  }
}

export interface GraphOptions extends TrafficOptions {
  namespaces: RequestedNamespace[];
  /** As asked; the namespaces' own may be shorter. */
  durationSeconds: number;
  boxBy: ReadonlySet<BoxBy>;
  appenders: ReadonlySet<Appender>;
  queryTimeProvided: boolean;
  /** How long an answer without queryTime may be served again; 0 for never. */
  refreshIntervalMs: number;
}

const GRAPH_TYPES = ["app", "service", "versionedApp", "workload"] as const satisfies readonly GraphType[];
const BOXES = ["app", "cluster", "namespace"] as const;
export type BoxBy = (typeof BOXES)[number];
const APPENDERS = [
  "aggregateNode",
  "ambient",
  "deadNode",
  "health",
  "idleNode",
  "istio",
  "labeler",
  "meshCheck",
  "responseTime",
  "securityPolicy",
  "serviceEntry",
  "throughput",
  "workloadEntry",
] as const;
export type Appender = (typeof APPENDERS)[number];
/** Always run; naming them changes nothing. */
const ALWAYS = ["outsider", "trafficGenerator"];

const isOneOf = <Word extends string>(words: readonly Word[], word: string): word is Word => words.some((each) => each === word);

/**
 * Reads the query of `GET /api/namespaces/graph` with Kiali's defaults, in Kiali's order of checks (graph/options.go), so that of several
 * mistakes the same one is named. Unknown parameters are ignored, on this path only.
 * @param nowSeconds Unix seconds
 * @throws KialiRequestError
 */
export function parseGraphOptions(query: URLSearchParams, namespaces: readonly Namespace[], nowSeconds: number): GraphOptions {
  const refuse = (what: string, value: string): never => {
    throw new KialiRequestError(400, `Invalid ${what} [${value}]`);
  };
  const text = (name: string) => query.get(name) ?? "";
  const word = <Word extends string>(name: string, words: readonly Word[], otherwise: Word, title = name): Word => {
    const value = text(name);
    if (value === "") return otherwise;
    return isOneOf(words, value) ? value : refuse(title, value);
  };

  word("configVendor", ["common"], "common");
  const durationText = text("duration");
  const durationSeconds = parseDuration(durationText === "" ? "10m" : durationText) ?? refuse("duration", durationText);
  const graphType = word("graphType", GRAPH_TYPES, "workload");
  const boxText = text("boxBy");
  const boxes = boxText === "" ? [] : boxText.split(",").map((box) => box.trim());
  if (!boxes.every((box) => isOneOf(BOXES, box))) refuse("boxBy", boxText);
  const includeIdleEdges = parseBoolean(query, "includeIdleEdges", refuse);
  // A service graph is made of workloads and injected services, whatever was asked.
  const injectServiceNodes = graphType === "service" || parseBoolean(query, "injectServiceNodes", refuse);
  const queryTimeText = text("queryTime");
  const queryTime = queryTimeText === "" ? nowSeconds : (parseInteger(queryTimeText) ?? refuse("queryTime", queryTimeText));
  const refreshIntervalMs = parseRefreshInterval(text("refreshInterval"), refuse);
  word("telemetryVendor", ["istio"], "istio");

  const requested = parseNamespaces(text("namespaces"), namespaces, durationSeconds, queryTime, nowSeconds);

  const ambientText = text("ambientTraffic");
  // Kiali names its default here, not what was sent.
  const ambient =
    ambientText === "" ? "total" : isOneOf(["none", "total", "waypoint", "ztunnel"], ambientText) ? ambientText : refuse("Ambient Traffic", "total");
  const grpc = word("rateGrpc", ["none", "received", "requests", "sent", "total"], "requests", "gRPC Rate");
  const http = word("rateHttp", ["none", "requests"], "requests", "HTTP Rate");
  word("rateTcp", ["none", "received", "sent", "total"], "sent", "TCP Rate");

  return {
    namespaces: requested,
    durationSeconds: Math.trunc(durationSeconds),
    graphType,
    boxBy: new Set(boxes.filter((box) => isOneOf(BOXES, box))),
    includeIdleEdges,
    injectServiceNodes,
    queryTime,
    queryTimeProvided: queryTimeText !== "",
    refreshIntervalMs,
    rates: { ambient, grpc, http },
    appenders: parseAppenders(query, refuse),
  };
}

function parseAppenders(query: URLSearchParams, refuse: (what: string, value: string) => never): ReadonlySet<Appender> {
  const appenders = new Set<Appender>();
  const list = query.get("appenders");
  if (list === null) {
    for (const name of APPENDERS) appenders.add(name);
  } else {
    for (const each of list.split(",").map((name) => name.trim())) {
      const name = each === "sidecarsCheck" ? "meshCheck" : each;
      if (isOneOf(APPENDERS, name)) appenders.add(name);
      else if (name !== "" && !ALWAYS.includes(name)) refuse("appender", name);
    }
  }
  const responseTime = query.get("responseTime") ?? "";
  if (appenders.has("responseTime") && !["", "avg", "50", "95", "99"].includes(responseTime)) {
    throw new KialiRequestError(400, `Invalid responseTime, must be one of: avg | 50 | 95 | 99: [${responseTime}]`);
  }
  const throughput = query.get("throughputType") ?? "";
  if (appenders.has("throughput") && !["", "request", "response"].includes(throughput)) {
    throw new KialiRequestError(400, `Invalid throughputType, expecting one of (request, response). [${throughput}]`);
  }
  if (appenders.has("ambient")) parseBoolean(query, "waypoints", (_, value) => refuse("waypoints param", value));
  return appenders;
}

function parseNamespaces(list: string, accessible: readonly Namespace[], durationSeconds: number, queryTime: number, nowSeconds: number): RequestedNamespace[] {
  if (list === "") throw new KialiRequestError(400, "At least one namespace must be specified via the namespaces query parameter.");
  const requested = new Map<string, RequestedNamespace>();
  for (const name of list.split(",").map((each) => each.trim())) {
    const namespace = accessible.find((each) => each.name === name);
    if (namespace === undefined) throw new KialiRequestError(403, `Requested namespace [${name}] is not accessible.`);
    const end = queryTime === 0 ? nowSeconds : queryTime;
    const age = end - namespace.createdAt / 1000;
    if (age <= 0) throw new KialiRequestError(400, `Namespace [${name}] did not exist at requested queryTime [${toGoTime(end)}]`);
    requested.set(name, { name, durationSeconds: Math.trunc(Math.min(durationSeconds, age)) });
  }
  return [...requested.values()];
}

/** In milliseconds, as the only parameter of this request; 60 s when not given. */
function parseRefreshInterval(text: string, refuse: (what: string, value: string) => never): number {
  if (text === "") return 60_000;
  const milliseconds = parseInteger(text) ?? refuse("refresh interval", text);
  if (milliseconds <= 0) return 0;
  if (milliseconds < 10_000) throw new KialiRequestError(400, "Refresh interval must be at least 10000ms (10 seconds), or 0 to disable caching");
  if (milliseconds > 900_000) throw new KialiRequestError(400, "Refresh interval must not exceed 900000ms (15 minutes)");
  return milliseconds;
}

/** Go's strconv.ParseBool. */
function parseBoolean(query: URLSearchParams, name: string, refuse: (what: string, value: string) => never): boolean {
  const value = query.get(name) ?? "";
  if (value === "") return name === "waypoints";
  if (["1", "t", "T", "TRUE", "true", "True"].includes(value)) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(value) ? false : refuse(name, value);
}

/** A whole number that a 64-bit integer can hold. */
function parseInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? Number(value) : undefined;
}

/** @returns seconds; undefined when it is not a Prometheus duration (`60s`, `1h30m`, `0`): units in falling order, whole numbers */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const parts = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (text === "" || parts === null) return undefined;
  const seconds = [365 * 86_400, 7 * 86_400, 86_400, 3600, 60, 1, 0.001].reduce((sum, unit, i) => sum + Number(parts[i + 1] ?? 0) * unit, 0);
  // Beyond Go's time.Duration (292 years) the parser refuses.
  return seconds > 9_223_372_036 ? undefined : seconds;
}

/** Go's default text of a time in UTC. */
function toGoTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  if (Number.isNaN(date.getTime())) return String(unixSeconds);
  return `${date.toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
}
