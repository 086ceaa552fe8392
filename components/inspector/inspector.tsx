"use client";

import type { ReactNode } from "react";
import type { LiveState } from "@/lib/api/state";
import type { MeshGraph } from "@/lib/mesh/graph";
import { Button } from "../frame/button";
import { Name } from "../words/name";
import { EdgeFacts } from "./edge-facts";
import { NodeFacts } from "./node-facts";
import { type Selection, toSelection } from "./selection";

interface InspectorProps {
  state: LiveState;
  /** The picture in which what is selected is found: several lines may be drawn as one. */
  graph: MeshGraph;
  selected: string | null;
  now: number;
  /** Its figures are old: shapes and numbers stay, colours go. */
  stale: boolean;
  onSelect: (id: string | null) => void;
  /** Further things to do with what is selected, beside "Close". */
  actions?: ReactNode;
}

/** All that is known of the selected node or line, each piece with who said it; nothing while nothing is selected. */
export function Inspector({ state, graph, selected, now, stale, onSelect, actions }: InspectorProps) {
  const selection = toSelection(graph, selected);
  if (selection === null) return null;
  const { title, subtitle } = toTitle(selection);
  return (
    <section
      aria-labelledby="inspector-title"
      className={`flex min-w-0 flex-col gap-3 border-b border-line pb-3.5 text-[13px]/[18px] ${stale ? "grayscale" : ""}`}
      data-inspector={selection.kind}
      data-selected={selected}
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 id="inspector-title" className="any-name line-clamp-3 text-[15px]/5 font-bold tracking-tight">
            <Name>{title}</Name>
          </h2>
          {subtitle !== "" && (
            <p className="any-name line-clamp-2 text-muted">
              <Name>{subtitle}</Name>
            </p>
          )}
        </div>
        {actions}
        <Button small onClick={() => onSelect(null)} aria-keyshortcuts="Escape">
          Close
        </Button>
      </div>
      {selection.kind === "edge" && <EdgeFacts edge={selection.edge} target={selection.target} state={state} graph={graph} now={now} />}
      {selection.kind === "node" && (
        <NodeFacts
          node={selection.node}
          incoming={selection.incoming}
          outgoing={selection.outgoing}
          state={state}
          graph={graph}
          now={now}
          onSelect={onSelect}
        />
      )}
      {selection.kind === "gone" && <p>It is not in the picture now: it had no traffic in the window, or it was removed.</p>}
    </section>
  );
}

function toTitle(selection: Selection): { title: string; subtitle: string } {
  if (selection.kind === "gone") return { title: "Not in the picture", subtitle: "" };
  if (selection.kind === "node") return { title: selection.node.title, subtitle: selection.node.subtitle };
  const { edge, source, target } = selection;
  return {
    title: `${source?.title ?? edge.source} → ${target?.title ?? edge.target}`,
    subtitle: [source?.subtitle, target?.subtitle].filter((part) => part !== undefined && part !== "").join(" → "),
  };
}
