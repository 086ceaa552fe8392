"use client";

import { useState } from "react";
import type { CallsSection } from "@/lib/api/state";
import { addCalls, type CallHistory, emptyHistory } from "./call-history";

/** Our own calls as this page has been told of them since it was opened, and those the server still told then. */
export function useCallHistory(calls: CallsSection, now: number): CallHistory {
  const [history, setHistory] = useState(() => addCalls(emptyHistory(calls.since), calls.recent, calls.since, now));
  const [taken, setTaken] = useState(calls);
  if (taken !== calls) {
    setTaken(calls);
    setHistory(addCalls(history, calls.recent, calls.since, now));
  }
  return history;
}
