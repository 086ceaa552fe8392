"use client";

import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let now = 0;

/** One tick a second for every age on the page, none while nobody watches. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** This browser's time, to the second, corrected to the server's clock. @param offset server minus browser, ms */
export function useNow(offset: number): number {
  const at = useSyncExternalStore(
    subscribe,
    () => now,
    () => 0,
  );
  return at === 0 ? 0 : at + offset;
}
