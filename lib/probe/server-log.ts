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
}

const PROXY = "istio-proxy";
/** Envoy writes its log about once a second. */
const LOOK_AFTER_MS = [20, 100, 250, 500, 1200];
const MAX_PODS = 4;

/**
 * Looks in the proxies of a workload for the line of one call, until it is there or has had time to be.
 * @returns null when there is none, the log may not be read, or the workload has no proxy
 */
export async function findLoggedCall(connection: KubernetesConnection, server: Workload, call: CallAnswer, signal?: AbortSignal): Promise<LoggedCall | null> {
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
 * port is another, but there the id comes through.
 */
export function matchCall(lines: readonly string[], { requestId, from }: Pick<CallAnswer, "requestId" | "from">): Omit<LoggedCall, "pod"> | null {
  for (const text of lines.toReversed()) {
    const byId = text.includes(`"${requestId}"`);
    if (!byId && (from === null || !text.includes(from))) continue;
    const line = parseProxyLogLine(text);
    if (line && (byId || (isRefusalLine(line) && line.downstreamRemote === from))) return { text, line };
  }
  return null;
}
