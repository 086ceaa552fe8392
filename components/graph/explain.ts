import type { Evidence } from "@/lib/mesh/evidence";
import type { GraphEdge, GraphNode } from "@/lib/mesh/graph";
import type { Lock } from "@/lib/mesh/lock";
import { LOCK_WORDS } from "../locks/lock-path";
import type { Folded } from "./groups";
import { toLabel } from "./label";
import { edgeKey, nodeKey } from "./model";
import { toTallyWords } from "./worst-lock";

/** What an element says in words: the tooltip, and for a screen reader the whole picture. Pure. */
export interface Explanation {
  key: string;
  /** The id the rest of the page knows. */
  id: string;
  kind: "node" | "edge";
  title: string;
  lock: Lock;
  /** The lock's word with its number; null where a lock has nothing to say (ordinary TLS from the person to the gateway). */
  state: string | null;
  /** Sentences, the weightiest first. */
  lines: string[];
}

const NAME = 80;
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** The first `limit` elements, nodes before edges. */
export function toExplanations(folded: Folded, limit: number): Explanation[] {
  const { graph } = folded;
  const nodes = graph.nodes.slice(0, limit).map((node) => ofNode(node, folded));
  const ends = new Map(graph.nodes.map((node) => [node.id, node]));
  const edges = graph.edges.slice(0, limit - nodes.length).flatMap((edge) => ofEdge(edge, ends, folded) ?? []);
  return [...nodes, ...edges];
}

/** One element by its key; null when it is gone. */
export function toExplanation(folded: Folded, key: string): Explanation | null {
  const { graph } = folded;
  const node = graph.nodes.find((candidate) => nodeKey(candidate.id) === key);
  if (node) return ofNode(node, folded);
  const edge = graph.edges.find((candidate) => edgeKey(candidate.id) === key);
  return edge ? ofEdge(edge, new Map(graph.nodes.map((candidate) => [candidate.id, candidate])), folded) : null;
}

function toName(node: GraphNode): string {
  return toLabel([node.title || node.name, node.subtitle].filter(Boolean).join(", "), NAME);
}

function ofNode(node: GraphNode, { groups }: Folded): Explanation {
  const lines: string[] = [];
  const group = groups.get(node.id);
  if (group !== undefined) lines.push(`${toTallyWords(group.tally)}. Press it to unfold it.`);
  else if (node.kind === "workload") {
    if (node.sidecar === "sidecar") lines.push("Has a sidecar.");
    if (node.sidecar === "none") lines.push("Has no sidecar: it can only speak plaintext to the mesh.");
    if (node.sidecar === "ambient") lines.push("In ambient mode: the node's ztunnel speaks for it.");
    if (node.sidecar === "unknown") lines.push("Whether it has a sidecar is not known.");
  }
  if (node.policy)
    lines.push(
      `${node.policy.mode} in force${node.policy.object ? `, decided by ${toLabel(`${node.policy.object.namespace ?? ""}/${node.policy.object.name}`, NAME)}` : ""}.`,
    );
  if (node.idle) lines.push(toNothingSeen(node.lock));
  return {
    key: nodeKey(node.id),
    id: node.id,
    kind: "node",
    title: toName(node),
    lock: node.lock,
    state: node.kind === "client" || (group !== undefined && group.count === 0) ? null : toState(node.lock),
    lines: [...lines, ...toReasons(node.lock)],
  };
}

/** Nothing seen is no traffic only while somebody looks. */
function toNothingSeen({ reason }: Lock): string {
  return reason?.code === "source-down" ? "Whether there was traffic in the window is not known." : "No traffic in the window.";
}

function ofEdge(edge: GraphEdge, ends: Map<string, GraphNode>, { bundles }: Folded): Explanation | null {
  const [source, target] = [ends.get(edge.source), ends.get(edge.target)];
  if (!source || !target) return null;
  const title = `${toName(source)} → ${toName(target)}`;
  const oneWay = edge.kind === "one-way-tls";
  const lines = oneWay ? ["Ordinary TLS, one way: the gateway shows a certificate, the client does not."] : [];
  const bundle = bundles.get(edge.id);
  if (bundle !== undefined && !oneWay) lines.push(`Several lines as one, the worst lock of them: ${toTallyWords(bundle.tally)}.`);
  if (edge.health.rate > 0)
    lines.push(
      `${edge.health.rate < 10 ? edge.health.rate.toFixed(2) : Math.round(edge.health.rate)} ${edge.protocol === "tcp" ? "bytes" : "requests"}/s${errorWords(edge)}.`,
    );
  else lines.push(toNothingSeen(edge.lock));
  if (edge.lock.refused > 0) {
    const last = edge.own.lastRefusedAt === null ? "" : `, last at ${toTime(edge.own.lastRefusedAt)}`;
    lines.push(`${edge.lock.refused} of our own calls refused${last}: nobody answered, so it is no HTTP error.`);
  }
  return {
    key: edgeKey(edge.id),
    id: edge.id,
    kind: "edge",
    title,
    lock: edge.lock,
    state: oneWay ? null : toState(edge.lock),
    lines: [...lines, ...toReasons(edge.lock)],
  };
}

function errorWords({ health }: GraphEdge): string {
  return health.errorPercent !== null && health.errorPercent > 0 ? `, ${health.errorPercent < 1 ? "< 1" : Math.round(health.errorPercent)} % errors` : "";
}

function toState(lock: Lock): string {
  const percent = lock.state === "mixed" && lock.percent !== null ? ` ${Math.min(99, Math.max(1, Math.round(lock.percent)))} %` : "";
  const count = lock.state === "refused" && lock.refused > 0 ? ` ×${lock.refused}` : "";
  return `${LOCK_WORDS[lock.state]}${percent}${count}`;
}

function toReasons({ reason, evidence }: Lock): string[] {
  const lines: string[] = [];
  if (reason) lines.push(toLabel(reason.text, 400));
  if (reason?.fix) lines.push(toLabel(reason.fix, 400));
  for (const fact of evidence.slice(0, 2)) lines.push(toSource(fact));
  return lines;
}

/** Who said it, when, over what window. */
function toSource(fact: Evidence): string {
  const time = toTime(fact.at);
  const window = fact.windowSeconds ? `, last ${fact.windowSeconds} s` : "";
  return toLabel(`${fact.says} (${fact.source}, ${time}${window}${fact.deduced ? ", deduced" : ""})`, 400);
}

/** A time that is none is said to be unknown; formatting it would throw. */
function toTime(at: number): string {
  return Number.isFinite(at) ? CLOCK.format(at) : "unknown time";
}
