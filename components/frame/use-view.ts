"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { parseViewUrl, toViewUrl, type ViewState } from "./view-url";

/** The view in the address bar as state. Only a change of what is looked at makes a new entry for the Back button. */
export function useView(initialQuery: string): [ViewState, (change: Partial<ViewState>) => void] {
  const [state, setState] = useState(() => parseViewUrl(initialQuery));
  const latest = useRef(state);

  useEffect(() => {
    const onBack = () => {
      latest.current = parseViewUrl(location.search);
      setState(latest.current);
    };
    window.addEventListener("popstate", onBack);
    return () => window.removeEventListener("popstate", onBack);
  }, []);

  const change = useCallback((part: Partial<ViewState>) => {
    latest.current = { ...latest.current, ...part };
    setState(latest.current);
    const query = toViewUrl(latest.current);
    if (query === location.search.replace(/^\?/, "")) return;
    const isPlace = part.namespace !== undefined || part.view !== undefined || part.mode !== undefined;
    history[isPlace ? "pushState" : "replaceState"](null, "", query === "" ? location.pathname : `?${query}`);
  }, []);

  return [state, change];
}
