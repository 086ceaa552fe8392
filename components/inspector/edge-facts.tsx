import { useMemo } from "react";
import type { LiveState } from "@/lib/api/state";
import { formatPercent } from "@/lib/mesh/figures";
import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { toAgo, toDuration, toRate } from "../words/age";
import { Name } from "../words/name";
import { toEdgeLatency } from "./edge-latency";
import { Facts } from "./facts";
import { Latency } from "./latency";
import { LockFacts } from "./lock-facts";
import { WorkloadPolicy } from "./workload-policy";

interface EdgeFactsProps {
  edge: GraphEdge;
  target: GraphNode | null;
  state: LiveState;
  graph: MeshGraph;
  now: number;
}

/** One line: its lock, who is at its ends, what runs over it, and what decides at the server. */
export function EdgeFacts({ edge, target, state, graph, now }: EdgeFactsProps) {
  const { calls, commands } = state;
  const latency = useMemo(() => toEdgeLatency(edge, calls.recent, graph), [edge, calls.recent, graph]);
  return (
    <>
      {edge.kind === "one-way-tls" ? (
        <p>
          <b className="font-semibold">TLS, one way.</b> Only the gateway shows a certificate; the caller shows none, so this is not mutual.
        </p>
      ) : (
        <LockFacts lock={edge.lock} now={now} kubectl={commands.kubectl} />
      )}
      <Facts
        rows={[
          {
            name: "caller is",
            value: edge.sourcePrincipal === null ? null : <Name className="font-mono text-xs">{edge.sourcePrincipal}</Name>,
            none: "identity not known",
          },
          {
            name: "server is",
            value: edge.destinationPrincipal === null ? null : <Name className="font-mono text-xs">{edge.destinationPrincipal}</Name>,
            none: "identity not known",
          },
          { name: "traffic", value: toTraffic(edge, graph.windowSeconds) },
          { name: "success", value: toSuccess(edge), none: "no answers in the window" },
          { name: "codes", value: toCodes(edge), none: edge.health.rate > 0 ? "not told" : "no answers" },
          { name: "95 % (Kiali)", value: edge.responseTimeMs === null ? null : toDuration(edge.responseTimeMs), none: "not measured" },
          { name: "own calls", value: toOwnCalls(edge, now), none: "none in the window" },
        ]}
      />
      {latency !== null && <Latency latency={latency} told={calls.recent.length} />}
      {target !== null && <WorkloadPolicy key={edge.id} node={target} title="What decides at the server" state={state} />}
    </>
  );
}

function toTraffic({ protocol, health }: GraphEdge, windowSeconds: number): string {
  const unit = protocol === "tcp" ? "bytes/s" : "requests/s";
  return `${toRate(health.rate)} ${unit} ${protocol} over ${windowSeconds} s`;
}

/** Share of the window's requests that were answered without an error; null when there were none. A call that was turned away is none of them. */
export function toSuccess({ health }: Pick<GraphEdge, "health">): string | null {
  return health.errorPercent === null ? null : `${formatPercent(100 - health.errorPercent)} of what was observed`;
}

function toCodes({ health }: GraphEdge): string | null {
  const codes = Object.entries(health.codes).filter(([, rate]) => rate > 0);
  return codes.length === 0 ? null : codes.map(([code, rate]) => `${code === "-" ? "no answer" : code}: ${toRate(rate)}/s`).join(", ");
}

/** Own calls on a line in words; null when there was none. */
export function toOwnCalls({ own }: Pick<GraphEdge, "own">, now: number): string | null {
  const parts = [own.served > 0 && `${own.served} served`, own.failed > 0 && `${own.failed} failed`, own.refused > 0 && `${own.refused} refused`].filter(
    (part) => part !== false,
  );
  if (parts.length === 0) return null;
  return own.lastAt === null ? parts.join(", ") : `${parts.join(", ")}, last ${toAgo(now - own.lastAt)}`;
}
