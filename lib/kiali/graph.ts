import type { ObservedGraph } from "@/lib/mesh/observed";
import type { KialiConnection } from "./connect";
import { KialiForbidden } from "./errors";
import { listNamespaces } from "./namespaces";
import { checkPrometheus, forgetPrometheus } from "./prometheus";
import { toObservedGraph } from "./to-observed";
import { parseGraph } from "./wire";

const GRAPH_TIMEOUT_MS = 15_000;

/**
 * Those of Kiali's appenders whose marks are read here, under the names that every Kiali since 1.65 accepts. Without securityPolicy there
 * is no `isMTLS` at all. Health is left out: it is the dearest, and Padlock judges by codes itself.
 */
const APPENDERS = "deadNode,serviceEntry,sidecarsCheck,workloadEntry,istio,securityPolicy,responseTime";

export interface GraphView {
  namespaces: readonly string[];
  windowSeconds: number;
}

export interface GetGraphOptions extends GraphView {
  /** Epoch ms the window ends at; now when left out. */
  now?: number;
  signal?: AbortSignal;
  /** Of one question to Kiali, ms; 15 s unless told. */
  timeoutMs?: number;
}

/**
 * What Kiali saw in these namespaces over the window (`GET api/namespaces/graph`): workloads, without service nodes, because only then
 * are percentages of mutual TLS not mixed from several callers. An explicit `queryTime` passes by the cache that all anonymous users of
 * Kiali share, and leaves their graph in it.
 *
 * One namespace that Kiali may not show fails the whole request; it is then left out, named in `omitted`, and the others are asked for.
 * @throws KialiForbidden when none of the namespaces can be shown; PrometheusDown; the other classes of errors.ts; the signal's reason
 */
export async function getGraph(connection: KialiConnection, options: GetGraphOptions): Promise<ObservedGraph> {
  const { namespaces, signal } = options;
  if (namespaces.length === 0) throw new RangeError("A graph needs at least one namespace");
  try {
    return await getGraphOf(connection, options);
  } catch (error) {
    if (!(error instanceof KialiForbidden) || namespaces.length === 1) throw error;
    const visible = new Set(await listNamespaces(connection, signal));
    // Kiali's list is up to 10 s old: the one it has just named is out whatever the list says.
    const shown = namespaces.filter((name) => visible.has(name) && !error.namespaces.includes(name));
    const hidden = namespaces.filter((name) => !shown.includes(name));
    if (shown.length === 0) throw new KialiForbidden(`Kiali cannot show ${namespaces.join(", ")}: they do not exist, or Kiali may not read them`, namespaces);
    const graph = await getGraphOf(connection, { ...options, namespaces: shown });
    return { ...graph, omitted: [...hidden.map((name) => `namespace ${name}: it does not exist, or Kiali may not read it`), ...graph.omitted] };
  }
}

async function getGraphOf(
  connection: KialiConnection,
  { namespaces, windowSeconds, now = Date.now(), signal, timeoutMs = GRAPH_TIMEOUT_MS }: GetGraphOptions,
): Promise<ObservedGraph> {
  const skewMs = connection.clockSkewMs();
  const query = {
    namespaces: namespaces.join(","),
    graphType: "workload",
    duration: `${windowSeconds}s`,
    injectServiceNodes: "false",
    appenders: APPENDERS,
    responseTime: "95",
    rateHttp: "requests",
    rateGrpc: "requests",
    rateTcp: "sent",
    // By Kiali's clock: a time in its future is answered with an empty graph.
    queryTime: String(Math.floor((now + skewMs) / 1_000)),
  };
  const { body, receivedAt } = await connection.get("api/namespaces/graph", query, { signal, timeoutMs }).catch((error: unknown) => {
    forgetPrometheus(connection);
    throw error;
  });
  const graph = parseGraph(body);
  // An empty graph may also mean that Kiali never found Prometheus; that must not be shown as "no traffic".
  if (graph.edges.length === 0) await checkPrometheus(connection, signal);
  else forgetPrometheus(connection);
  return toObservedGraph(graph, receivedAt, skewMs);
}
