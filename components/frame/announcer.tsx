"use client";

import { useEffect, useRef, useState } from "react";
import type { JournalEntry } from "@/lib/api/state";
import { QUIET_MS, type Said, toAnnouncement } from "./announcement";

interface AnnouncerProps {
  entries: readonly JournalEntry[];
  /** What is wrong now, without anything that changes every second; null = nothing. */
  problem: string | null;
}

/** The page's one live region: says the newest change, at most one in five seconds. What was there when the page came is not news. */
export function Announcer({ entries, problem }: AnnouncerProps) {
  const latest = entries.at(-1) ?? null;
  const [said, setSaid] = useState<Said>({ text: "", problem: null, newsId: latest?.id ?? null });
  const lastAt = useRef(0);
  const next = toAnnouncement(problem, latest, said);
  const key = next === null ? null : `${next.newsId} ${next.text}`;
  const waiting = useRef(next);
  waiting.current = next;
  useEffect(() => {
    if (key === null) return;
    const wait = Math.max(0, lastAt.current + QUIET_MS - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      if (waiting.current !== null) setSaid(waiting.current);
    }, wait);
    return () => clearTimeout(timer);
  }, [key]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said.text}
    </p>
  );
}
