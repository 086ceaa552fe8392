"use client";

import { useMemo, useState } from "react";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { ViewState } from "../frame/view-url";
import { type Filtered, isFiltering, toFiltered } from "./filter";

/** Searching and filtering of one page: what is left of its graph, and whether the controls stand open. */
export interface Finding {
  filtered: Filtered;
  /** Title of the node that is looked at with its neighbours; null when there is none or it is gone. */
  focusName: string | null;
  isOpen: boolean;
  /** Counted up when the field is to have the focus. */
  asked: number;
  ask: () => void;
  close: () => void;
}

const NOTHING: MeshGraph = { namespaces: [], nodes: [], edges: [], windowSeconds: 0, observedAt: null, omitted: [], empty: null };

/** @param graph null while there is none. The filters are the address's; they are worked out anew only when graph or filters change. */
export function useFinding(graph: MeshGraph | null, { search, focus, onlyNotMutual, hideIdle }: ViewState): Finding {
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState(0);
  const filtered = useMemo(() => toFiltered(graph ?? NOTHING, { search, focus, onlyNotMutual, hideIdle }), [graph, search, focus, onlyNotMutual, hideIdle]);
  const focusName = focus === null ? null : (graph?.nodes.find(({ id }) => id === focus)?.title ?? null);
  return {
    filtered,
    focusName,
    // What hides something stays in sight.
    isOpen: isOpen || isFiltering({ search, focus, onlyNotMutual, hideIdle }),
    asked,
    ask: () => {
      setOpen(true);
      setAsked((count) => count + 1);
    },
    close: () => setOpen(false),
  };
}
