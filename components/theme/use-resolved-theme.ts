"use client";

import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(listener);
  media.addEventListener("change", listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    media.removeEventListener("change", listener);
    observer.disconnect();
  };
}

function read(): "light" | "dark" {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The theme that is really shown: what the canvas has to draw in. */
export function useResolvedTheme(): "light" | "dark" {
  return useSyncExternalStore(subscribe, read, () => "light");
}
