"use client";

import { useEffect } from "react";
import { type Action, toAction } from "./keys";

/** Acts on the keys of the demo. While a dialog is open they are its own; Escape acts always, since it is no letter that speech could type. */
export function useKeys(actions: Record<Action, () => void>, singleKeys: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const action = toAction(event);
      if (action === null || event.defaultPrevented || (!singleKeys && action !== "close")) return;
      if (document.querySelector("dialog[open], [popover]:popover-open") !== null) return;
      event.preventDefault();
      actions[action]();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
