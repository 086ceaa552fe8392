"use client";

import { useCallback, useSyncExternalStore } from "react";

const STORED = "padlock-single-keys";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): boolean {
  return localStorage.getItem(STORED) !== "off";
}

/**
 * Whether single keys act (WCAG 2.1.4: a person who speaks to the machine must be able to switch them off). Kept in this browser.
 * @returns the choice, and how to make it
 */
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(subscribe, read, () => true);
  const choose = useCallback((chosen: boolean) => {
    localStorage.setItem(STORED, chosen ? "on" : "off");
    for (const listener of listeners) listener();
  }, []);
  return [on, choose];
}
