"use client";

import { formatPercent } from "@/lib/mesh/figures";
import type { MeshGraph } from "@/lib/mesh/graph";
import { toOwnCalls } from "../inspector/edge-facts";
import { toRate } from "../words/age";
import { Name } from "../words/name";
import { LockCell, NameCell, Table, toNodeName } from "./table-parts";

interface TrafficTableProps {
  graph: MeshGraph;
  now: number;
  /** Its figures are old: shapes and numbers stay, colours go. */
  stale: boolean;
  selected: string | null;
  onSelect: (id: string | null) => void;
}

/** The graph's content and states as rows: what a keyboard and a screen reader get, and what tests read. */
export function TrafficTable({ graph, now, stale, selected, onSelect }: TrafficTableProps) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const toggle = (id: string) => onSelect(selected === id ? null : id);
  const cell = "border-b border-line py-2 pr-4 align-top";
  return (
    <div className={`absolute inset-0 flex flex-col gap-5 overflow-auto px-4 pb-6 sm:px-6 ${stale ? "text-muted grayscale" : ""}`} data-table="">
      {graph.empty !== null && (
        <p className="max-w-prose" data-empty="">
          {graph.empty.cause} <span className="text-muted">{graph.empty.next}</span>
        </p>
      )}
      {graph.edges.length > 0 && (
        <Table title="Connections" columns={["From", "To", "Protection", "Requests/s", "Errors", "Own calls", "Why"]}>
          {graph.edges.map((edge) => {
            const source = nodes.get(edge.source);
            const target = nodes.get(edge.target);
            return (
              <tr
                key={edge.id}
                data-edge={`${toNodeName(source)} → ${toNodeName(target)}`}
                data-lock={edge.kind === "mesh" ? edge.lock.state : "one-way-tls"}
                data-percent={edge.lock.percent ?? undefined}
                data-refused={edge.lock.refused}
                data-rate={edge.health.rate}
                className={selected === edge.id ? "bg-surface" : ""}
              >
                <td className={cell}>
                  <NameCell name={source?.title ?? edge.source} detail={source?.subtitle} pressed={selected === edge.id} onPress={() => toggle(edge.id)} />
                </td>
                <td className={cell}>
                  <NameCell name={target?.title ?? edge.target} detail={target?.subtitle} />
                </td>
                <td className={`${cell} whitespace-nowrap`}>{edge.kind === "one-way-tls" ? "TLS, one way" : <LockCell lock={edge.lock} />}</td>
                <td className={`${cell} whitespace-nowrap`}>
                  {toRate(edge.health.rate)}
                  {edge.protocol === "tcp" && " B"}
                </td>
                <td className={`${cell} whitespace-nowrap`}>
                  {edge.health.errorPercent === null || edge.lock.state === "refused" ? "–" : formatPercent(edge.health.errorPercent)}
                </td>
                <td className={cell}>{toOwnCalls(edge, now) ?? "–"}</td>
                <td className={`${cell} any-name min-w-56 text-muted`}>
                  <Name>{edge.lock.reason?.text ?? edge.lock.evidence[0]?.says ?? ""}</Name>
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {graph.nodes.length > 0 && (
        <Table title="Workloads" columns={["Name", "Namespace", "Sidecar", "Policy", "Serves", "In/s", "Out/s"]}>
          {graph.nodes.map((node) => (
            <tr
              key={node.id}
              data-node={toNodeName(node)}
              data-sidecar={node.sidecar}
              data-node-lock={node.lock.state}
              className={selected === node.id ? "bg-surface" : ""}
            >
              <td className={cell}>
                <NameCell name={node.title} detail={node.subtitle} pressed={selected === node.id} onPress={() => toggle(node.id)} />
              </td>
              <td className={`${cell} any-name`}>
                <Name>{node.namespace ?? "–"}</Name>
              </td>
              <td className={`${cell} whitespace-nowrap`}>{node.kind !== "workload" ? "–" : node.sidecar === "sidecar" ? "yes" : node.sidecar}</td>
              <td className={cell}>{node.policy?.mode ?? "–"}</td>
              <td className={`${cell} whitespace-nowrap`}>
                <LockCell lock={node.lock} />
              </td>
              <td className={cell}>{toRate(node.rateIn)}</td>
              <td className={cell}>{toRate(node.rateOut)}</td>
            </tr>
          ))}
        </Table>
      )}
      {graph.namespaces.length > 0 && (
        <Table title="Namespaces" columns={["Name", "Policy", "Protection"]}>
          {graph.namespaces.map((frame) => (
            <tr key={frame.name} data-frame={frame.name} data-frame-lock={frame.lock.state}>
              <td className={`${cell} any-name font-semibold`}>
                <Name>{frame.name}</Name>
              </td>
              <td className={cell}>{frame.policy?.mode ?? "not read"}</td>
              <td className={`${cell} whitespace-nowrap`}>
                <LockCell lock={frame.lock} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {graph.omitted.length > 0 && <p className="text-xs text-muted">Left out: {graph.omitted.join(", ")}.</p>}
    </div>
  );
}
