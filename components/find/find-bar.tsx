"use client";

import { useEffect, useRef } from "react";
import type { MeshGraph } from "@/lib/mesh/graph";
import { Button } from "../frame/button";
import { Toggle } from "../frame/toggle";
import type { ViewState } from "../frame/view-url";
import { type GroupsChoice, isFolding } from "../graph/groups";
import { Name } from "../words/name";
import { NO_FILTER } from "./filter";
import { toHiddenWords } from "./find-words";
import { LONGEST_SEARCH } from "./search";
import type { Finding } from "./use-finding";

interface FindBarProps {
  view: ViewState;
  onView: (change: Partial<ViewState>) => void;
  finding: Finding;
  onFound: (id: string) => void;
}

/** Search and filters of graph and table, with what they hide and the way back. */
export function FindBar({ view, onView, finding, onFound }: FindBarProps) {
  const { filtered, folded, focusName, thicket, asked } = finding;
  const isFolded = isFolding(filtered.graph, view.groups);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (asked > 0) field.current?.focus();
  }, [asked]);
  const words = toHiddenWords(filtered);
  const close = () => {
    onView({ search: "" });
    finding.close();
  };
  return (
    <search className="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 pb-2 sm:px-6" data-find="">
      <input
        ref={field}
        type="search"
        value={view.search}
        maxLength={LONGEST_SEARCH}
        spellCheck={false}
        autoComplete="off"
        aria-label="Find by name, namespace or state"
        aria-keyshortcuts="/"
        placeholder="Name, plaintext, 503 …"
        onChange={(event) => onView({ search: event.target.value })}
        onKeyDown={(event) => {
          const best = filtered.matches?.[0];
          if (event.key === "Enter" && best !== undefined) onFound(best.id);
          if (event.key === "Escape") {
            event.preventDefault();
            close();
          }
        }}
        className="touch h-8 w-44 min-w-0 max-sm:w-full rounded-lg border border-line bg-surface px-3 text-[13px] placeholder:text-muted"
      />
      <Toggle label="Only what is not mutual TLS" on={view.onlyNotMutual} onChange={(onlyNotMutual) => onView({ onlyNotMutual })} />
      <Toggle label="Hide idle" on={view.hideIdle} onChange={(hideIdle) => onView({ hideIdle })} />
      {view.view === "graph" && (
        <Toggle label="Fold to groups" on={isFolded} onChange={(on) => onView({ groups: toChoice(filtered.graph, on), unfolded: [], viewport: null })} />
      )}
      {view.focus !== null && (
        <Chip text={`${focusName ?? "A workload"} and its neighbours`} label="Show more than it and its neighbours" onPress={() => onView({ focus: null })} />
      )}
      {view.view === "graph" &&
        folded.unfolded.map(({ id, title }) => (
          <Chip key={id} text={title} label={`Fold ${title} again`} onPress={() => onView({ unfolded: view.unfolded.filter((other) => other !== id) })} />
        ))}
      <p role="status" className="text-[13px] text-muted" data-hidden={filtered.hidden.nodes + filtered.hidden.edges}>
        {[view.view === "graph" ? thicket : null, words].filter((part) => part !== null).join(" · ")}
      </p>
      {words !== null && (
        <Button look="quiet" small className="ml-auto text-[13px]" aria-label="Show everything" onClick={() => onView(NO_FILTER)}>
          Show all
        </Button>
      )}
    </search>
  );
}

/** What the size of the picture asks for anyway is no choice, so that it may change with it. */
function toChoice(graph: MeshGraph, on: boolean): GroupsChoice {
  return isFolding(graph, "auto") === on ? "auto" : on ? "on" : "off";
}

/** Something that is on and can be taken away. */
function Chip({ text, label, onPress }: { text: string; label: string; onPress: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className="touch inline-flex h-7 max-w-72 min-w-0 items-center gap-1.5 rounded-full border border-line bg-surface px-2.5 text-[13px] hover:bg-sunken"
    >
      <span className="min-w-0 truncate">
        <Name>{text}</Name>
      </span>
      <span aria-hidden="true">×</span>
    </button>
  );
}
