"use client";

import { useMemo } from "react";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { ViewState } from "../frame/view-url";
import { Name } from "../words/name";
import { LinesTable } from "./lines-table";
import { toLineRows, toWorkloadRows } from "./rows";
import { CELL, LockCell } from "./table-parts";
import { WorkloadsTable } from "./workloads-table";

interface TrafficTableProps {
  graph: MeshGraph;
  now: number;
  /** Its figures are old: shapes and numbers stay, colours go. */
  stale: boolean;
  /** Of the address: what is selected, how rows are sorted. */
  view: Pick<ViewState, "selected" | "lineSort" | "workloadSort">;
  onView: (change: Partial<ViewState>) => void;
}

/** The graph's content and states as rows: what a keyboard and a screen reader get, and what tests read. */
export function TrafficTable({ graph, now, stale, view, onView }: TrafficTableProps) {
  const { selected, lineSort, workloadSort } = view;
  const lines = useMemo(() => toLineRows(graph), [graph]);
  const workloads = useMemo(() => toWorkloadRows(graph), [graph]);
  const toggle = (id: string) => onView({ selected: selected === id ? null : id });
  return (
    <div className={`absolute inset-0 flex flex-col gap-5 overflow-auto px-4 pt-1 pb-6 sm:px-6 ${stale ? "text-muted grayscale" : ""}`} data-table="">
      {graph.empty !== null && (
        <p className="max-w-prose" data-empty="">
          {graph.empty.cause} <span className="text-muted">{graph.empty.next}</span>
        </p>
      )}
      {lines.length > 0 && (
        <LinesTable rows={lines} sort={lineSort} onSort={(sort) => onView({ lineSort: sort })} now={now} selected={selected} onPress={toggle} />
      )}
      {workloads.length > 0 && (
        <WorkloadsTable rows={workloads} sort={workloadSort} onSort={(sort) => onView({ workloadSort: sort })} selected={selected} onPress={toggle} />
      )}
      {graph.namespaces.length > 0 && (
        <section aria-labelledby="namespaces-title">
          <h3 id="namespaces-title" className="sticky left-0 w-fit pb-1 text-xs font-semibold tracking-wider text-muted uppercase">
            Namespaces
          </h3>
          <table aria-labelledby="namespaces-title" className="w-full border-collapse text-left text-[13px]/[18px]">
            <thead className="text-xs text-muted">
              <tr>
                {["Name", "Policy", "Protection"].map((column) => (
                  <th key={column} scope="col" className="border-b border-line py-1.5 pr-4 font-semibold whitespace-nowrap">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {graph.namespaces.map((frame) => (
                <tr key={frame.name} data-frame={frame.name} data-frame-lock={frame.lock.state}>
                  <td className={`${CELL} any-name font-semibold`}>
                    <Name>{frame.name}</Name>
                  </td>
                  <td className={CELL}>{frame.policy?.mode ?? "not read"}</td>
                  <td className={`${CELL} whitespace-nowrap`}>
                    <LockCell lock={frame.lock} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {graph.omitted.length > 0 && <p className="text-xs text-muted">Left out: {graph.omitted.join(", ")}.</p>}
    </div>
  );
}
