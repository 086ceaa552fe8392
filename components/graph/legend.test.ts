import { expect, test } from "vitest";
import { LOCK_STATES } from "@/lib/mesh/lock";
import { PLAIN_LOOKS, type Style, toAllEntries, toLegend, toStyles } from "./legend-entries";
import { toSample } from "./legend-sample";
import { NODE_LOOKS, PATTERNS, TONES, toModel } from "./model";
import { DASHES } from "./strokes";
import { edge, labEdges, labMesh, labNodes, lock, mesh, node } from "./testdata/lab";
import { DOT_KINDS } from "./traffic";

/** Every mark the drawing code knows, with and without Security. */
const ALL: Style[] = [
  ...LOCK_STATES.map((state) => `lock:${state}` as const),
  ...PATTERNS.map((pattern) => `pattern:${pattern}` as const),
  ...TONES.map((tone) => `tone:${tone}` as const),
  ...DOT_KINDS.map((kind) => `dot:${kind}` as const),
  ...NODE_LOOKS.filter((look) => !PLAIN_LOOKS.includes(look)).map((look) => `look:${look}` as const),
];

const explained = (entries: readonly { explains: readonly Style[] }[]) => entries.flatMap(({ explains }) => explains);
const isMark = (style: Style) => !PLAIN_LOOKS.some((look) => style === `look:${look}`);

/** One of everything. */
function everything() {
  const rate = (errorPercent: number) => ({ rate: 1, errorPercent, codes: {} });
  const nothing = { rate: 0, errorPercent: null, codes: {} };
  return mesh(
    [
      ...labNodes(),
      node("ambient", { sidecar: "ambient" }),
      node("someone", { kind: "unidentified", namespace: null, outside: true, sidecar: "unknown" }),
      node("idle", { idle: true }),
    ],
    [
      ...labEdges(),
      edge("someone", "web-api", { lock: lock("not-measured") }),
      edge("naked", "recommendation", { health: nothing, lock: lock("refused", { refused: 4 }) }),
      edge("sleep", "recommendation", { lock: lock("mixed", { percent: 73 }), health: rate(10) }),
      edge("web-api", "idle", { health: nothing, lock: lock("not-measured") }),
      edge("web-api", "ambient"),
    ],
  );
}

test("every mark that can be drawn is explained, and by one entry only", () => {
  expect(explained(toAllEntries(true)).toSorted()).toEqual(ALL.toSorted());
});

test("a picture with everything: what is drawn and what is explained are the same set", () => {
  const drawn = toStyles(toModel(everything(), { showLocks: true }));
  const marks = [...drawn].filter(isMark);
  // Several workloads in one box are only drawn of very many.
  expect(marks.toSorted()).toEqual(ALL.filter((style) => style !== "look:group").toSorted());
  expect(explained(toLegend(drawn, true)).toSorted()).toEqual(marks.toSorted());
});

test("without Security: nothing of protection is explained, and nothing drawn is left out", () => {
  const drawn = toStyles(toModel(everything(), { showLocks: false }));
  const entries = toLegend(drawn, false);
  const told = new Set(explained(entries));
  for (const style of drawn) if (isMark(style)) expect(told, style).toContain(style);
  expect(entries.map(({ words }) => words)).toEqual(["refused", "answered", "with errors", "no traffic", "sidecar", "ambient", "no sidecar", "unidentified"]);
});

test("in the lab's picture what is not there is not explained, but for the five states", () => {
  const words = toLegend(toStyles(toModel(labMesh(), { showLocks: true })), true).map((entry) => entry.words);
  expect(words).toEqual(["mutual TLS", "mixed", "plaintext", "refused", "not measured", "answered", "sidecar", "no sidecar"]);
});

test("a sample's line has the pattern of the line it explains, and no two look alike", () => {
  const samples = toAllEntries(true).flatMap((entry) => (entry.lock === null || entry.line === null ? [] : [{ entry, sample: toSample(entry) }]));
  const looks = samples.map(({ entry, sample }) => {
    const strokes = sample.shapes.filter(({ d }) => /^M\d+ 12H/.test(d));
    expect(strokes[0]?.dash?.map((value) => Math.round(value / 0.8))).toEqual(entry.line && (DASHES[entry.line.pattern] ?? undefined));
    return `${strokes.length} ${strokes[0]?.dash?.join() ?? ""}`;
  });
  expect(looks).toHaveLength(LOCK_STATES.length);
  expect(new Set(looks).size).toBe(looks.length);
});
