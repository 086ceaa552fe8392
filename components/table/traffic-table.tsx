"use client";

import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import { LockIcon } from "../locks/LockIcon";
import { LOCK_WORDS } from "../locks/lock-path";
import { toAgo, toRate } from "../words/age";

interface TrafficTableProps {
  graph: MeshGraph;
  now: number;
  selected: string | null;
  onSelect: (id: string | null) => void;
}

/** The graph's content and states as rows: what a keyboard and a screen reader get, and what tests read. */
export function TrafficTable({ graph, now, selected, onSelect }: TrafficTableProps) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  if (graph.edges.length === 0) {
    return <p className="p-6 text-muted">{graph.empty === null ? "There is no connection to list." : `${graph.empty.cause} ${graph.empty.next}`}</p>;
  }
  return (
    <div className="h-full overflow-auto px-6 pb-6">
      <table className="w-full border-collapse text-left text-[13px]/[18px]">
        <caption className="sr-only">Who talks to whom in the last {graph.windowSeconds} seconds</caption>
        <thead className="sticky top-0 bg-bg text-xs text-muted">
          <tr>
            {["From", "To", "Protection", "Requests a second", "Errors", "Own calls", "Why"].map((title) => (
              <th key={title} scope="col" className="border-b border-line py-2 pr-4 font-semibold">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {graph.edges.map((edge) => (
            <Row
              key={edge.id}
              edge={edge}
              source={nodes.get(edge.source)}
              target={nodes.get(edge.target)}
              now={now}
              selected={selected === edge.id}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
      {graph.omitted.length > 0 && <p className="pt-3 text-xs text-muted">Left out: {graph.omitted.join(", ")}.</p>}
    </div>
  );
}

function Row({
  edge,
  source,
  target,
  now,
  selected,
  onSelect,
}: {
  edge: GraphEdge;
  source: GraphNode | undefined;
  target: GraphNode | undefined;
  now: number;
  selected: boolean;
  onSelect: (id: string | null) => void;
}) {
  const cell = "border-b border-line py-2 pr-4 align-top";
  return (
    <tr
      data-edge={`${toName(source)} → ${toName(target)}`}
      data-lock={edge.kind === "mesh" ? edge.lock.state : "one-way-tls"}
      data-refused={edge.lock.refused}
      data-rate={edge.health.rate}
      className={selected ? "bg-sunken" : ""}
    >
      <td className={cell}>
        <button
          type="button"
          aria-pressed={selected}
          onClick={() => onSelect(selected ? null : edge.id)}
          className="rounded text-left font-semibold hover:underline"
        >
          <bdi>{source?.title ?? edge.source}</bdi>
        </button>
        <span className="block text-muted">
          <bdi>{source?.subtitle}</bdi>
        </span>
      </td>
      <td className={cell}>
        <bdi className="font-semibold">{target?.title ?? edge.target}</bdi>
        <span className="block text-muted">
          <bdi>{target?.subtitle}</bdi>
        </span>
      </td>
      <td className={`${cell} whitespace-nowrap`}>{edge.kind === "one-way-tls" ? "TLS, one way" : <Protection edge={edge} />}</td>
      <td className={cell}>{toRate(edge.health.rate)}</td>
      <td className={cell}>{edge.health.errorPercent === null ? "–" : `${edge.health.errorPercent.toFixed(1)} %`}</td>
      <td className={cell}>{toOwn(edge, now)}</td>
      <td className={`${cell} max-w-96 text-muted`}>{edge.lock.reason?.text ?? edge.lock.evidence[0]?.says ?? ""}</td>
    </tr>
  );
}

function Protection({ edge }: { edge: GraphEdge }) {
  const { state, percent, refused } = edge.lock;
  const word = state === "mixed" && percent !== null ? `mixed ${percent.toFixed(0)} %` : state === "refused" ? `refused ×${refused}` : LOCK_WORDS[state];
  return (
    <span className="inline-flex items-center gap-1.5">
      <LockIcon state={state} size={18} label={null} />
      {word}
      {state !== "refused" && refused > 0 && <span className="text-refused">, {refused} refused</span>}
    </span>
  );
}

function toOwn(edge: GraphEdge, now: number): string {
  const { served, failed, refused, lastAt } = edge.own;
  const parts = [served > 0 && `${served} served`, failed > 0 && `${failed} failed`, refused > 0 && `${refused} refused`].filter((part) => part !== false);
  return parts.length === 0 ? "–" : `${parts.join(", ")}${lastAt === null ? "" : `, ${toAgo(now - lastAt)}`}`;
}

function toName(node: GraphNode | undefined): string {
  return node === undefined ? "?" : node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
}
