import type { Posture } from "@/lib/api/state";
import type { Caption } from "./export-svg";
import { toVisibleText } from "./label";

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

/**
 * The words an exported picture carries: it is looked at when nobody can ask any more.
 * @param at the server's clock, epoch ms
 * @param note what the filters leave out; empty = nothing
 */
export function toPictureCaption(posture: Posture, stale: boolean, at: number, note: string): Caption {
  const seen = posture.observedAt === null ? "no traffic seen yet" : `last ${posture.windowSeconds} s`;
  const old = stale && posture.observedAt !== null ? `old data, of ${TIME.format(posture.observedAt)}` : "";
  return {
    lock: posture.lock.state,
    title: toVisibleText(`${posture.namespace} · ${posture.mode ?? "policy not read"}`),
    facts: toVisibleText([...posture.facts, seen, old, note].filter(Boolean).join(" · ")),
    time: `Padlock · ${TIME.format(at)}`,
  };
}

/** "padlock-istioinaction-2026-08-02-141103": sorts by time, and is safe in any file system. */
export function toFileName(namespace: string, at: number): string {
  const stamp = new Date(at).toISOString().slice(0, 19).replace("T", "-").replace(/:/g, "");
  return `padlock-${namespace.replace(/[^a-z0-9-]/g, "-").slice(0, 63)}-${stamp}`;
}
