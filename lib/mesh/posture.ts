import { formatCount } from "./figures";
import type { GraphEdge, MeshGraph } from "./graph";
import type { Lock } from "./lock";
import type { EffectiveMode } from "./modes";
import { toLockWord } from "./words";

/** The first line that is read, of one namespace; lib/api's Posture has the same shape. */
export interface NamespacePosture {
  namespace: string;
  /** null when the policies could not be read. */
  mode: EffectiveMode | null;
  lock: Lock;
  /** Short facts in order of weight. */
  facts: string[];
  windowSeconds: number;
  observedAt: number | null;
}

/** @param enforced the last change that was seen at every workload: what the window holds from before is no word against it */
export function toPosture(graph: MeshGraph, namespace: string, enforced: { mode: EffectiveMode; at: number } | null = null): NamespacePosture {
  const frame = graph.namespaces.find(({ name }) => name === namespace);
  const lock: Lock = frame?.lock ?? { state: "not-measured", percent: null, refused: 0, reason: null, evidence: [] };
  const inside = new Set(graph.nodes.filter((node) => node.namespace === namespace).map(({ id }) => id));
  const incoming = graph.edges.filter(({ kind, target }) => kind === "mesh" && inside.has(target));
  return {
    namespace,
    mode: frame?.policy?.mode ?? null,
    lock,
    facts: toFacts(lock, incoming, graph, enforced),
    windowSeconds: graph.windowSeconds,
    observedAt: graph.observedAt,
  };
}

function toFacts(
  lock: Lock,
  incoming: readonly GraphEdge[],
  { observedAt, windowSeconds }: MeshGraph,
  enforced: { mode: EffectiveMode; at: number } | null,
): string[] {
  const callers = new Set(incoming.filter(({ lock: { state } }) => state === "plaintext" || state === "mixed").map(({ source }) => source)).size;
  const unmeasured = incoming.filter(({ lock: { state }, health, own }) => state === "not-measured" && (health.rate > 0 || own.served + own.failed > 0)).length;
  const isOlder = enforced?.mode === "STRICT" && observedAt !== null && observedAt - windowSeconds * 1_000 < enforced.at;
  const share = toShareFact(lock);
  return [
    share !== null && lock.state === "mutual-tls" && isOlder ? withReach(share, incoming, enforced.at) : share,
    callers > 0 ? `${formatCount(callers, "caller")} in plaintext` : null,
    lock.refused > 0 ? `${formatCount(lock.refused, "plaintext call")} refused` : null,
    callers > 0 && isOlder ? "window from before STRICT" : null,
    unmeasured > 0 ? `${formatCount(unmeasured, "line")} not measured` : null,
  ].filter((fact) => fact !== null);
}

/**
 * Who is refused now may have been served in plaintext earlier in the window: then the share is of what came after the change, or of new connections alone.
 * @param since STRICT was enforced, epoch ms within the window
 */
function withReach(share: string, incoming: readonly GraphEdge[], since: number): string {
  const served = incoming.filter(({ lock: { state }, own, health }) => state === "refused" && (own.served > 0 || health.rate > 0));
  if (served.length === 0) return share;
  return served.some(({ own: { lastServedAt } }) => lastServedAt !== null && lastServedAt > since) ? `${share} on new connections` : `${share} since STRICT`;
}

function toShareFact(lock: Lock): string | null {
  switch (lock.state) {
    case "mutual-tls":
      return "100 % mutual TLS";
    case "mixed":
      return `${toLockWord(lock).replace("mixed ", "")} mutual TLS`;
    case "plaintext":
      return "no mutual TLS";
    case "refused":
      return null;
    case "not-measured":
      return lock.reason?.code === "idle" ? "no traffic" : "not measured";
  }
}
