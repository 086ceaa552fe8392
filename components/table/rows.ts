import { formatPercent } from "@/lib/mesh/figures";
import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import type { Lock } from "@/lib/mesh/lock";
import { GRAVEST } from "../graph/worst-lock";
import { toLockWords } from "../inspector/lock-facts";
import { compare, type SortColumn } from "./sort";

/** The graph as rows, gravest first, and what of a row is searched and sorted. Pure. */

export interface LineRow {
  edge: GraphEdge;
  source: GraphNode | undefined;
  target: GraphNode | undefined;
}

/** `namespace/name`, stable for tests and links. */
export function toNodeName(node: GraphNode | undefined): string {
  if (node === undefined) return "?";
  return node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
}

/** "100 %", or null where nobody answered. */
export function toErrorWords({ health, lock }: GraphEdge): string | null {
  return health.errorPercent === null || lock.state === "refused" ? null : formatPercent(health.errorPercent);
}

export function toProtectionWords({ kind, lock }: GraphEdge): string {
  if (kind === "one-way-tls") return "TLS, one way";
  return lock.state !== "refused" && lock.refused > 0 ? `${toLockWords(lock)}, ${lock.refused} refused` : toLockWords(lock);
}

/** Why, in words: the reason, or else the newest fact behind the lock. */
export function toWhy({ lock }: GraphEdge): string {
  return lock.reason?.text ?? lock.evidence[0]?.says ?? "";
}

export function toSidecarWords({ kind, sidecar }: GraphNode): string {
  return kind !== "workload" ? "–" : sidecar === "sidecar" ? "yes" : sidecar === "none" ? "no" : sidecar === "unknown" ? "not known" : sidecar;
}

export const LINE_COLUMNS: readonly SortColumn<LineRow>[] = [
  { key: "from", title: "From", first: "ascending", value: ({ edge, source }) => source?.title ?? edge.source },
  { key: "to", title: "To", first: "ascending", value: ({ edge, target }) => target?.title ?? edge.target },
  { key: "protection", title: "Protection", first: "ascending", value: toLineGravity },
  { key: "rate", title: "Requests/s", first: "descending", value: ({ edge }) => edge.health.rate },
  { key: "errors", title: "Errors", first: "descending", value: ({ edge }) => (toErrorWords(edge) === null ? null : edge.health.errorPercent) },
  { key: "own", title: "Own calls", first: "descending", value: ({ edge: { own } }) => own.served + own.failed + own.refused || null },
];

export const WORKLOAD_COLUMNS: readonly SortColumn<GraphNode>[] = [
  { key: "name", title: "Name", first: "ascending", value: ({ title }) => title },
  { key: "namespace", title: "Namespace", first: "ascending", value: ({ namespace }) => namespace },
  { key: "sidecar", title: "Sidecar", first: "ascending", value: (node) => (node.kind === "workload" ? toSidecarWords(node) : null) },
  { key: "policy", title: "Policy", first: "ascending", value: ({ policy }) => policy?.mode ?? null },
  { key: "serves", title: "Serves", first: "ascending", value: ({ lock, rateIn }) => toGravity(lock, rateIn > 0) },
  { key: "in", title: "In/s", first: "descending", value: ({ rateIn }) => rateIn },
  { key: "out", title: "Out/s", first: "descending", value: ({ rateOut }) => rateOut },
];

/** @returns rows in the default order: gravest first, equals by name, so that figures which change do not make rows jump */
export function toLineRows({ nodes, edges }: Pick<MeshGraph, "nodes" | "edges">): LineRow[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return edges
    .map((edge) => ({ edge, source: byId.get(edge.source), target: byId.get(edge.target) }))
    .toSorted((a, b) => toLineGravity(a) - toLineGravity(b) || compare(toLineName(a), toLineName(b)));
}

export function toWorkloadRows({ nodes }: Pick<MeshGraph, "nodes">): GraphNode[] {
  return nodes.toSorted((a, b) => toGravity(a.lock, a.rateIn > 0) - toGravity(b.lock, b.rateIn > 0) || compare(toNodeName(a), toNodeName(b)));
}

export function toLineName({ source, target }: LineRow): string {
  return `${toNodeName(source)} → ${toNodeName(target)}`;
}

/** Least first: refused, plaintext, mixed by its share, not measured, mutual TLS (with refusals before without), one-way TLS, no traffic. */
function toLineGravity({ edge: { kind, lock, health, own } }: LineRow): number {
  const isBusy = health.rate > 0 || own.served + own.failed + own.refused > 0;
  return kind === "one-way-tls" ? GRAVEST.length : toGravity(lock, isBusy);
}

function toGravity(lock: Lock, isBusy: boolean): number {
  if (isOneWay(lock)) return GRAVEST.length;
  if (lock.state === "not-measured" && !isBusy) return GRAVEST.length + 1;
  const within = lock.state === "mixed" ? (lock.percent ?? 100) / 101 : lock.refused > 0 ? 0 : 0.5;
  return GRAVEST.indexOf(lock.state) + within;
}

/** What is served over ordinary TLS only is neither open nor closed. */
export function isOneWay({ state, reason }: Lock): boolean {
  return state === "not-measured" && reason?.code === "one-way-tls";
}

/** Rows with all words of the text somewhere in what they show, whatever the letters' case. */
export function toFilteredRows<Row>(rows: readonly Row[], text: string, toText: (row: Row) => string): readonly Row[] {
  const words = toPlain(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const shown = toPlain(toText(row));
    return words.every((word) => shown.includes(word));
  });
}

const toPlain = (text: string): string => text.normalize("NFKC").toLowerCase();

export function toLineText(row: LineRow): string {
  const { edge, source, target } = row;
  const codes = Object.keys(edge.health.codes).join(" ");
  return [toLineName(row), source?.title, source?.subtitle, target?.title, target?.subtitle, toProtectionWords(edge), toWhy(edge), edge.protocol, codes].join(
    " ",
  );
}

export function toWorkloadText(node: GraphNode): string {
  const sidecar = node.sidecar === "sidecar" ? "with sidecar" : node.sidecar === "none" ? "no sidecar" : node.sidecar;
  return [
    toNodeName(node),
    node.title,
    node.subtitle,
    node.kind === "workload" ? sidecar : node.kind,
    node.policy?.mode,
    isOneWay(node.lock) ? "TLS, one way" : toLockWords(node.lock),
  ].join(" ");
}
