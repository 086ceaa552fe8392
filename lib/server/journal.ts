import type { JournalEntry } from "@/lib/api/state";

const KEPT_MS = 15 * 60_000;
const KEPT = 500;

/** What happened in the last 15 minutes, in sentences: the strip's marks and the projector's captions. */
export function createJournal({ now = Date.now }: { now?: () => number } = {}) {
  let entries: JournalEntry[] = [];
  let nextId = 1;
  return {
    add(entry: Omit<JournalEntry, "id" | "at">): JournalEntry {
      const written = { ...entry, id: nextId++, at: now() };
      entries = [...entries.filter((old) => old.at > written.at - KEPT_MS), written].slice(-KEPT);
      return written;
    },
    entries(): JournalEntry[] {
      return entries;
    },
    clear(): void {
      entries = [];
    },
  };
}
export type Journal = ReturnType<typeof createJournal>;
