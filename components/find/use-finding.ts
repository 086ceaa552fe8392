"use client";

import { useMemo, useState } from "react";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { ViewState } from "../frame/view-url";
import { type Folded, toFolded } from "../graph/groups";
import { type Filtered, isFiltering, toFiltered } from "./filter";
import { toThicketWords } from "./find-words";

/** Searching and filtering of one page: what is left of its graph, and whether the controls stand open. */
export interface Finding {
  filtered: Filtered;
  /** What is left, folded to groups as its size or the person asks. */
  folded: Folded;
  /** Title of the node that is looked at with its neighbours; null when there is none or it is gone. */
  focusName: string | null;
  /** That the picture is too dense to follow, in words. */
  thicket: string | null;
  isOpen: boolean;
  /** Counted up when the field is to have the focus. */
  asked: number;
  ask: () => void;
  close: () => void;
}

const NOTHING: MeshGraph = { namespaces: [], nodes: [], edges: [], windowSeconds: 0, observedAt: null, omitted: [], empty: null };

/** @param graph null while there is none. The filters are the address's; they are worked out anew only when graph or filters change. */
export function useFinding(graph: MeshGraph | null, view: ViewState): Finding {
  const { search, focus, onlyNotMutual, hideIdle, groups, unfolded } = view;
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState(0);
  const filtered = useMemo(() => toFiltered(graph ?? NOTHING, { search, focus, onlyNotMutual, hideIdle }), [graph, search, focus, onlyNotMutual, hideIdle]);
  const folded = useMemo(() => toFolded(filtered.graph, groups, unfolded), [filtered, groups, unfolded]);
  const thicket = useMemo(() => toThicketWords(folded.graph), [folded]);
  const focusName = focus === null ? null : (graph?.nodes.find(({ id }) => id === focus)?.title ?? null);
  return {
    filtered,
    folded,
    focusName,
    thicket,
    // What hides or folds something stays in sight.
    isOpen: isOpen || thicket !== null || folded.graph !== filtered.graph || isFiltering({ search, focus, onlyNotMutual, hideIdle }),
    asked,
    ask: () => {
      setOpen(true);
      setAsked((count) => count + 1);
    },
    close: () => {
      setOpen(false);
      // A filter may bring the controls back; the focus stays then where the person is.
      setAsked(0);
    },
  };
}
