import { formatCount } from "@/lib/mesh/figures";
import { toOwnCalls } from "../inspector/edge-facts";
import { toRate } from "../words/age";
import { Name } from "../words/name";
import { LINE_COLUMNS, type LineRow, toErrorWords, toLineName, toWhy } from "./rows";
import { parseSort, toSortedRows } from "./sort";
import { CELL, LockCell, NameCell, Table } from "./table-parts";

interface LinesTableProps {
  /** In the default order. */
  rows: readonly LineRow[];
  sort: string;
  onSort: (sort: string) => void;
  now: number;
  selected: string | null;
  onPress: (id: string) => void;
}

/** The graph's lines. */
export function LinesTable({ rows, sort: sortText, onSort, now, selected, onPress }: LinesTableProps) {
  const sort = parseSort(sortText, LINE_COLUMNS);
  return (
    <Table title="Connections" count={formatCount(rows.length, "line")} columns={LINE_COLUMNS} last="Why" sort={sort} onSort={onSort}>
      {toSortedRows(rows, LINE_COLUMNS, sort).map((row) => {
        const { edge, source, target } = row;
        return (
          <tr
            key={edge.id}
            data-edge={toLineName(row)}
            data-lock={edge.kind === "mesh" ? edge.lock.state : "one-way-tls"}
            data-percent={edge.lock.percent ?? undefined}
            data-refused={edge.lock.refused}
            data-rate={edge.health.rate}
            className={selected === edge.id ? "bg-surface" : ""}
          >
            <td className={CELL}>
              <NameCell name={source?.title ?? edge.source} detail={source?.subtitle} pressed={selected === edge.id} onPress={() => onPress(edge.id)} />
            </td>
            <td className={CELL}>
              <NameCell name={target?.title ?? edge.target} detail={target?.subtitle} />
            </td>
            <td className={`${CELL} whitespace-nowrap`}>{edge.kind === "one-way-tls" ? "TLS, one way" : <LockCell lock={edge.lock} />}</td>
            <td className={`${CELL} whitespace-nowrap`}>
              {toRate(edge.health.rate)}
              {edge.protocol === "tcp" && " B"}
            </td>
            <td className={`${CELL} whitespace-nowrap`}>{toErrorWords(edge) ?? "–"}</td>
            <td className={CELL}>{toOwnCalls(edge, now) ?? "–"}</td>
            <td className={`${CELL} any-name min-w-56 text-muted`}>
              <Name>{toWhy(edge)}</Name>
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
