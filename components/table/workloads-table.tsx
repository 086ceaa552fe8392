import { formatCount } from "@/lib/mesh/figures";
import type { GraphNode } from "@/lib/mesh/graph";
import { toRate } from "../words/age";
import { Name } from "../words/name";
import { isOneWay, toNodeName, toSidecarWords, WORKLOAD_COLUMNS } from "./rows";
import { parseSort, toSortedRows } from "./sort";
import { CELL, LockCell, NameCell, Table } from "./table-parts";

interface WorkloadsTableProps {
  /** In the default order. */
  rows: readonly GraphNode[];
  sort: string;
  onSort: (sort: string) => void;
  selected: string | null;
  onPress: (id: string) => void;
}

/** The graph's nodes. */
export function WorkloadsTable({ rows, sort: sortText, onSort, selected, onPress }: WorkloadsTableProps) {
  const sort = parseSort(sortText, WORKLOAD_COLUMNS);
  return (
    <Table title="Workloads" count={formatCount(rows.length, "row")} columns={WORKLOAD_COLUMNS} sort={sort} onSort={onSort}>
      {toSortedRows(rows, WORKLOAD_COLUMNS, sort).map((node) => (
        <tr
          key={node.id}
          data-node={toNodeName(node)}
          data-sidecar={node.sidecar}
          data-node-lock={node.lock.state}
          className={selected === node.id ? "bg-surface" : ""}
        >
          <td className={CELL}>
            <NameCell name={node.title} detail={node.subtitle} pressed={selected === node.id} onPress={() => onPress(node.id)} />
          </td>
          <td className={`${CELL} any-name`}>
            <Name>{node.namespace ?? "–"}</Name>
          </td>
          <td className={`${CELL} whitespace-nowrap`}>{toSidecarWords(node)}</td>
          <td className={CELL}>{node.policy?.mode ?? "–"}</td>
          <td className={`${CELL} whitespace-nowrap`}>{isOneWay(node.lock) ? "TLS, one way" : <LockCell lock={node.lock} />}</td>
          <td className={CELL}>{toRate(node.rateIn)}</td>
          <td className={CELL}>{toRate(node.rateOut)}</td>
        </tr>
      ))}
    </Table>
  );
}
