import { LOCK_STATES, type LockState } from "@/lib/mesh/lock";
import { LOCK_WORDS } from "../locks/lock-path";
import type { EdgeFlow, GraphModel, NodeLook, Pattern, Tone } from "./model";
import type { DotKind } from "./traffic";

/** What the marks of a picture mean: each that is drawn stands in the legend, and nothing stands there that is not drawn. Pure. */
export type Style = `lock:${LockState}` | `pattern:${Pattern}` | `tone:${Tone}` | `look:${NodeLook}` | `dot:${DotKind}`;

export interface LegendEntry {
  words: string;
  /** The sample, as it would stand in the picture: a dot, its line, the lock on it; or a box. */
  dot: DotKind | null;
  line: { pattern: Pattern; tone: Tone } | null;
  lock: LockState | null;
  look: NodeLook | null;
  explains: readonly Style[];
}

/** Boxes without a mark: their name says what they are. */
export const PLAIN_LOOKS: readonly NodeLook[] = ["plain", "client"];

const NOTHING = { dot: null, line: null, lock: null, look: null };

/** One sample a state says three things at once: its lock, the pattern of its line, and its dot. */
const STATES: Record<LockState, Pick<LegendEntry, "dot" | "line">> = {
  "mutual-tls": { dot: "mutual-tls", line: { pattern: "solid", tone: "answered" } },
  mixed: { dot: null, line: { pattern: "mixed", tone: "answered" } },
  plaintext: { dot: "plaintext", line: { pattern: "plaintext", tone: "answered" } },
  refused: { dot: "refused", line: { pattern: "refused", tone: "refused" } },
  "not-measured": { dot: "answered", line: { pattern: "not-measured", tone: "answered" } },
};

const PROTECTION: readonly LegendEntry[] = LOCK_STATES.map((lock) => {
  const { dot, line } = STATES[lock];
  return {
    ...NOTHING,
    words: LOCK_WORDS[lock],
    dot,
    line,
    lock,
    explains: [
      `lock:${lock}` as const,
      ...(line === null ? [] : [`pattern:${line.pattern}` as const]),
      ...(dot === null ? [] : [`dot:${dot}` as const]),
      ...(lock === "refused" ? (["tone:refused"] as const) : []),
    ],
  };
});

const ANSWERED: LegendEntry = { ...NOTHING, words: "answered", line: { pattern: "solid", tone: "answered" }, explains: ["tone:answered"] };

/** Without Security all lines are solid and all dots alike, and say no more than this. */
const ONLY_ANSWERED: LegendEntry = { ...ANSWERED, dot: "answered", explains: ["tone:answered", "pattern:solid", "dot:answered"] };

const OTHERS: readonly LegendEntry[] = [
  { ...NOTHING, words: "with errors", dot: "failed", line: { pattern: "solid", tone: "errors" }, explains: ["tone:errors", "dot:failed"] },
  { ...NOTHING, words: "no traffic", line: { pattern: "idle", tone: "idle" }, explains: ["tone:idle", "pattern:idle"] },
  { ...NOTHING, words: "sidecar", look: "meshed", explains: ["look:meshed"] },
  { ...NOTHING, words: "ambient", look: "ambient", explains: ["look:ambient"] },
  { ...NOTHING, words: "no sidecar", look: "bare", explains: ["look:bare"] },
  { ...NOTHING, words: "unidentified", look: "unidentified", explains: ["look:unidentified"] },
  { ...NOTHING, words: "several workloads", look: "group", explains: ["look:group"] },
];

/** Every entry there can be. @param security locks and patterns of protection are drawn */
export function toAllEntries(security: boolean): readonly LegendEntry[] {
  return security ? [...PROTECTION, ANSWERED, ...OTHERS] : [...PROTECTION.filter(({ lock }) => lock === "refused"), ONLY_ANSWERED, ...OTHERS];
}

/** The entries of a picture: the five states always, since one that is missing says something too; of the rest what is there. */
export function toLegend(styles: ReadonlySet<Style>, security: boolean): readonly LegendEntry[] {
  return toAllEntries(security).filter(({ lock, explains }) => (security && lock !== null) || explains.some((style) => styles.has(style)));
}

/** What a picture shows before it is known which marks it has. */
export const USUAL_STYLES: ReadonlySet<Style> = new Set<Style>(["tone:answered", "look:meshed", "look:bare"]);

export function isSameStyles(a: ReadonlySet<Style>, b: ReadonlySet<Style>): boolean {
  return a.size === b.size && [...a].every((style) => b.has(style));
}

/** The marks a model is drawn with. */
export function toStyles({ nodes, edges, frames }: GraphModel): Set<Style> {
  const styles = new Set<Style>();
  const addLock = (lock: LockState | null | undefined) => lock && styles.add(`lock:${lock}`);
  for (const { lock } of frames) addLock(lock);
  for (const { look, plate } of nodes) {
    styles.add(`look:${look}`);
    addLock(plate?.lock);
  }
  for (const { tone, pattern, plate, flow } of edges) {
    styles.add(`tone:${tone}`).add(`pattern:${pattern}`);
    addLock(plate?.lock);
    for (const dot of toDotKinds(flow)) styles.add(`dot:${dot}`);
  }
  return styles;
}

function toDotKinds({ rate, errors, mutualTls, refused }: EdgeFlow): DotKind[] {
  const kinds: DotKind[] = refused > 0 ? ["refused"] : [];
  if (rate <= 0) return kinds;
  if (errors > 0) kinds.push("failed");
  if (errors >= 1) return kinds;
  if (mutualTls === null) kinds.push("answered");
  else {
    if (mutualTls > 0) kinds.push("mutual-tls");
    if (mutualTls < 1) kinds.push("plaintext");
  }
  return kinds;
}
