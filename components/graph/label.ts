import type { Lock } from "@/lib/mesh/lock";

/**
 * Names come from a cluster and are shown as they are, but never obeyed: characters that steer the reader's eye (bidirectional overrides, zero-width
 * and control characters, lone surrogates, piles of combining marks) are shown as what they are instead of doing what they do.
 */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu;
const PILED_MARKS = /(\p{M}{3})\p{M}+/gu;

/** Text safe to draw: `a\u202eb` becomes the nine visible characters. */
export function toVisibleText(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`).replace(PILED_MARKS, "$1");
}

/**
 * At most `length` characters (code points), cut in the middle: Kubernetes names differ at the end (`…-v1`, `…-canary`) as often as at the start.
 */
export function toShortText(text: string, length: number): string {
  // Bounded before it is taken apart, so that a name of megabytes costs nothing.
  const characters = Array.from(text.length > 4000 ? `${text.slice(0, 2000)}${text.slice(-2000)}` : text);
  if (characters.length <= length) return characters.join("");
  const tail = Math.floor((length - 1) / 3);
  const head = length - 1 - tail;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

/** What a label shows of a name: visible and short. */
export function toLabel(text: string, length: number): string {
  return toShortText(toVisibleText(text.length > 4000 ? toShortText(text, 1000) : text), length);
}

/** "73 %": whole numbers, but neither 0 nor 100 for a share that is neither. */
export function percentText(lock: Lock): string {
  if (lock.percent === null || !Number.isFinite(lock.percent)) return "";
  return `${Math.min(99, Math.max(1, Math.round(lock.percent)))} %`;
}
