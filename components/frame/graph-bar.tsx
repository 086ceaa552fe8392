"use client";

import { Legend } from "./legend";
import { Toggle } from "./toggle";
import type { ViewState } from "./view-url";

/** Under the picture: what its marks mean, and what of it is shown. The switches belong to the graph and go with it. */
export function GraphBar({ view, onView }: { view: ViewState; onView: (change: Partial<ViewState>) => void }) {
  return (
    <div className={`flex flex-wrap items-center gap-x-5 gap-y-1.5 px-4 py-2 sm:px-6 ${view.view === "table" ? "border-t border-line" : ""}`}>
      <Legend withMarks={view.view === "graph"} className="mr-auto text-[12.5px]" />
      {view.view === "graph" && (
        <>
          <Toggle label="Traffic animation" on={view.animation} onChange={(animation) => onView({ animation })} />
          <Toggle label="Security" on={view.security} onChange={(security) => onView({ security })} />
        </>
      )}
    </div>
  );
}
