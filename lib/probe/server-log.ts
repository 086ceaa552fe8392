import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { sleep } from "@/lib/kubernetes/deadline";
import { KubernetesError } from "@/lib/kubernetes/errors";
import { readLog } from "@/lib/kubernetes/logs";
import type { Workload } from "@/lib/mesh/objects";
import { isRefusalLine, type ProxyLogLine, parseProxyLogLine } from "@/lib/mesh/proxy-log";
import type { CallAnswer } from "./make-call";

/** The server proxy's own words about one call. */
export interface LoggedCall {
  text: string;
  line: ProxyLogLine;
  pod: string;
  /** The caller's address, when the line is taken for the call's because no other call came from there around that time; null = it names the call. */
  onlyFrom: string | null;
}

/** Whether the caller's own sidecar stands between: the server then sees a port that the caller never had. */
interface ThroughSidecar {
  throughSidecar: boolean;
}

type SearchedCall = Pick<CallAnswer, "requestId" | "from" | "startedAt" | "endedAt" | "httpCode"> & ThroughSidecar;

const PROXY = "istio-proxy";
/** By how much the node's clock and Padlock's may differ for a line to be within the time of a call, ms. */
const CLOCKS_AGREE_MS = 1_000;
/** Envoy writes its log about once a second. */
const LOOK_AFTER_MS = [20, 100, 250, 500, 1200];
const MAX_PODS = 4;
/** The port Envoy gives an address that it took from X-Forwarded-For: the line is of a call that somebody passed on for that address. */
const OF_A_HEADER = "0";

/**
 * Looks in the proxies of a workload for the line of one call, until it is there or has had time to be.
 * @returns null when there is none, the log may not be read, or the workload has no proxy
 */
export async function findLoggedCall(
  connection: KubernetesConnection,
  server: Workload,
  call: CallAnswer & ThroughSidecar,
  signal?: AbortSignal,
): Promise<LoggedCall | null> {
  if (server.sidecar !== "sidecar") return null;
  const pods = server.pods.filter(({ ready }) => ready).slice(0, MAX_PODS);
  for (const wait of LOOK_AFTER_MS) {
    await sleep(wait, signal);
    // Counted back from now by the node's clock: the two clocks need not agree.
    const sinceSeconds = (Date.now() - call.startedAt) / 1000 + 2;
    const logs = await Promise.all(
      pods.map(async (pod) => {
        try {
          return {
            pod: pod.name,
            lines: await readLog(connection, { namespace: server.namespace, pod: pod.name, container: PROXY, sinceSeconds, ...(signal ? { signal } : {}) }),
          };
        } catch (error) {
          if (!(error instanceof KubernetesError)) throw error;
          return null;
        }
      }),
    );
    const read = logs.filter((log) => log !== null);
    if (read.length === 0) return null;
    for (const { pod, lines } of read) {
      const found = matchCall(lines, call);
      if (found) return { ...found, pod };
    }
  }
  return null;
}

/**
 * The line of one call: a request by its id, a refusal (which has none) by the caller's address and port. Through the caller's own sidecar the
 * port is another, but there the id comes through. Meshes may log in a format of their own without ids (meshConfig.accessLogFormat): then by
 * time, and by address and port or, through a sidecar, by the address if there is but one.
 */
export function matchCall(lines: readonly string[], call: SearchedCall): Omit<LoggedCall, "pod"> | null {
  const { requestId, from } = call;
  for (const text of lines.toReversed()) {
    const byId = text.includes(`"${requestId}"`);
    if (!byId && (from === null || !text.includes(from))) continue;
    const line = parseProxyLogLine(text);
    if (line && (byId || (isRefusalLine(line) && line.downstreamRemote === from))) return { text, line, onlyFrom: null };
  }
  return matchByTime(lines, call);
}

function matchByTime(lines: readonly string[], { from, startedAt, endedAt, httpCode, throughSidecar }: SearchedCall) {
  const address = from?.slice(0, from.lastIndexOf(":"));
  if (address === undefined || httpCode === null) return null;
  const near = lines.flatMap((text) => {
    const line = text.includes(`${address}:`) ? parseProxyLogLine(text) : null;
    if (line === null || line.namesRequest || line.startedAt === null || !line.downstreamRemote?.startsWith(`${address}:`)) return [];
    const within = line.startedAt >= startedAt - CLOCKS_AGREE_MS && line.startedAt <= endedAt + CLOCKS_AGREE_MS;
    const isCallers = throughSidecar ? line.downstreamRemote !== `${address}:${OF_A_HEADER}` : line.downstreamRemote === from;
    return within && isCallers ? [{ text, line, onlyFrom: throughSidecar ? address : null }] : [];
  });
  const [only] = near;
  return only !== undefined && near.length === 1 && only.line.code === httpCode ? only : null;
}
