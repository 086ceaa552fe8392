"use client";

import type { Style } from "../graph/legend-entries";
import { Legend, LockLegend } from "./legend";
import { Toggle } from "./toggle";
import type { ViewState } from "./view-url";

/** Under the picture: what its marks mean, and what of it is shown. The switches belong to the graph and go with it. */
export function GraphBar({ styles, view, onView }: { styles: ReadonlySet<Style>; view: ViewState; onView: (change: Partial<ViewState>) => void }) {
  if (view.view === "table") {
    return (
      <div className="border-t border-line px-4 py-2 sm:px-6">
        <LockLegend className="text-[12.5px]" />
      </div>
    );
  }
  return (
    // Two rows high from the start: a mark more or less in the picture must not move the picture.
    <div className="flex flex-wrap content-center items-center gap-x-[1.3em] gap-y-1.5 px-4 py-2 text-[12.5px] sm:px-6 lg:min-h-[66px]">
      <Legend inline styles={styles} security={view.security} />
      <div className="ml-auto flex flex-wrap gap-x-5 gap-y-1.5 text-sm max-sm:ml-0 max-sm:w-full">
        <Toggle label="Traffic animation" on={view.animation} onChange={(animation) => onView({ animation })} />
        <Toggle label="Security" on={view.security} onChange={(security) => onView({ security })} />
      </div>
    </div>
  );
}
