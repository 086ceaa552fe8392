"use client";

import { useEffect, useRef, useState } from "react";
import type { JournalEntry } from "@/lib/api/state";

/** A screen reader hears at most one change in this time, ms; the newest wins. */
const QUIET = 5000;

export function Announcer({ entries }: { entries: readonly JournalEntry[] }) {
  const latest = entries.at(-1);
  const [said, setSaid] = useState("");
  const last = useRef(0);
  const first = useRef(latest?.id);
  useEffect(() => {
    if (latest === undefined || latest.id === first.current) return;
    const wait = Math.max(0, last.current + QUIET - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(latest.says);
    }, wait);
    return () => clearTimeout(timer);
  }, [latest]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
