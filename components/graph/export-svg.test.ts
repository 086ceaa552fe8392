import { expect, test } from "vitest";
import { LOCK_STATES } from "@/lib/mesh/lock";
import { LOCK_SHAPES, LOCK_WORDS } from "../locks/lock-path";
import { toFileName, toPictureCaption } from "./caption";
import { type Caption, toSvg } from "./export-svg";
import { toFolded } from "./groups";
import { toModel } from "./model";
import { PALETTES } from "./palette";
import { escapeXml } from "./svg-text";
import { edge, labEdges, labMesh, labNodes, lock, measureRoughly, mesh } from "./testdata/lab";
import { toScene } from "./testdata/scene";

const caption: Caption = { lock: "mixed", title: "istioinaction · PERMISSIVE", facts: "83 % mutual TLS · last 60 s", time: "Padlock · 2 Aug 2026, 14:11:03" };
const shown = { showLocks: true };

/** Texts of a document whose tags are closed in the order in which they were opened; throws where they are not. */
function readTexts(svg: string): string[] {
  const open: string[] = [];
  const texts: string[] = [];
  for (const [, closing, name, attributes = "", empty, text] of svg.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/g)) {
    if (text !== undefined) {
      if (/&(?!(amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a bare & in ${text}`);
      if (text.trim() !== "") texts.push(text);
    } else if (closing) {
      const last = open.pop();
      if (last !== name) throw new Error(`</${name}> closes <${last}>`);
    } else if (!empty && name !== undefined) open.push(name);
    if (/&(?!(amp|lt|gt|quot|#39);)/.test(attributes)) throw new Error(`a bare & in ${attributes}`);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join()}`);
  // What the pattern skipped would be markup it does not know.
  const known = svg.replace(/<\/?[a-z]+(?:\s+[\w:-]+="[^"<]*")*\s*\/?>|[^<]+/g, "");
  if (known !== "") throw new Error(`not of this form: ${known.slice(0, 60)}`);
  return texts;
}

test("the lab's picture holds posture, time, every name, every plate and the legend", () => {
  const texts = readTexts(toSvg(toScene(toModel(labMesh(), shown)), caption, measureRoughly));
  for (const words of [caption.title, caption.facts, caption.time, "web-api", "default · no sidecar", "TLS, one way", "PERMISSIVE", "83 %"])
    expect(texts).toContain(words);
  for (const state of LOCK_STATES) expect(texts).toContain(LOCK_WORDS[state]);
});

test("each line's lock is in it, beside the one in the legend", () => {
  const svg = toSvg(
    toScene(toModel(mesh(labNodes(), [edge("naked", "web-api", { lock: lock("refused", { refused: 4 }) })]), shown)),
    { ...caption, lock: "not-measured" },
    measureRoughly,
  );
  const count = (state: (typeof LOCK_STATES)[number]) => svg.split(`d="${LOCK_SHAPES[state][0]?.d}"`).length - 1;
  // Legend, the line, and the corner of web-api: what it serves there is the node's own lock.
  expect(count("refused")).toBe(2);
  expect(readTexts(svg)).toContain("4 refused");
});

test("who was turned away stands before the lock, as many as on the screen", () => {
  const crosses = (refused: number, stale = false) => {
    const graph = mesh(labNodes(), [edge("naked", "web-api", { lock: lock("refused", { refused }) })]);
    return (
      toSvg(toScene(toModel(graph, shown), "light", { stale }), caption, measureRoughly).split(
        `stroke="${PALETTES.light.refused}" stroke-width="2.7" stroke-linecap="round"/>`,
      ).length - 1
    );
  };
  expect([1, 2, 9].map((refused) => crosses(refused))).toEqual([1, 2, 3]);
  // Old calls move nobody: as on the screen, they go with the dots.
  expect(crosses(2, true)).toBe(0);
});

test("its legend explains what is drawn and breaks where the picture ends", () => {
  const texts = readTexts(toSvg(toScene(toModel(labMesh(), shown)), caption, measureRoughly));
  for (const words of ["no sidecar", "sidecar", "answered"]) expect(texts).toContain(words);
  expect(texts).not.toContain("ambient");
});

test("everything drawn lies inside the picture", () => {
  const svg = toSvg(toScene(toModel(labMesh(), shown)), caption, measureRoughly);
  const [, width = 0, height = 0] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)?.map(Number) ?? [];
  const [, dx = 0, dy = 0] = /<g transform="translate\((-?[\d.]+) (-?[\d.]+)\)">/.exec(svg)?.map(Number) ?? [];
  const boxes = [...svg.matchAll(/<rect x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map((match) => match.slice(1).map(Number));
  expect(boxes.length).toBeGreaterThan(10);
  for (const [x = 0, y = 0, w = 0, h = 0] of boxes) {
    expect(x + dx).toBeGreaterThanOrEqual(0);
    expect(y + dy).toBeGreaterThanOrEqual(0);
    expect(x + dx + w).toBeLessThanOrEqual(width);
    expect(y + dy + h).toBeLessThanOrEqual(height);
  }
});

test("names are text, whatever they hold", () => {
  const hostile = `</text><script>alert("1")</script>&amp;'\u0000\ud800`;
  const nodes = labNodes().map((item) => (item.id === "web-api" ? { ...item, title: hostile, subtitle: hostile } : item));
  const graph = mesh(nodes, labEdges(), [hostile]);
  const svg = toSvg(toScene(toModel(graph, shown)), { ...caption, title: hostile, facts: hostile }, measureRoughly);
  readTexts(svg);
  expect(svg).not.toContain("<script");
  expect(/\p{Cs}/u.test(svg)).toBe(false);
});

test("characters XML cannot hold are replaced, others kept", () => {
  expect(escapeXml("a\u0000b\ud800c\uffffd\te😀")).toBe("a\ufffdb\ufffdc\ufffdd\te😀");
});

test("the theme is the screen's; a stale picture has no colours of health", () => {
  const model = toModel(labMesh(), shown);
  expect(toSvg(toScene(model, "dark"), caption, measureRoughly)).toContain(PALETTES.dark.ground);
  const stale = toSvg(toScene(model, "light", { stale: true }), caption, measureRoughly);
  expect(stale).not.toContain(PALETTES.light.ok);
  expect(toSvg(toScene(model), caption, measureRoughly)).toContain(PALETTES.light.ok);
});

test("a group is drawn as one, and an empty graph is still a picture with its words", () => {
  const folded = toFolded(labMesh(), "on", []);
  expect(readTexts(toSvg(toScene(toModel(folded.graph, { ...shown, folded })), caption, measureRoughly))).toContain("4 workloads");
  expect(readTexts(toSvg(toScene(toModel(mesh([], []), shown)), caption, measureRoughly))).toContain(caption.title);
});

test("the caption says posture, window, age when old, and what is left out", () => {
  const posture = {
    namespace: "shop",
    mode: "STRICT" as const,
    lock: lock("mutual-tls"),
    facts: ["100 % mutual TLS"],
    windowSeconds: 60,
    observedAt: 1_700_000_000_000,
  };
  expect(toPictureCaption(posture, false, 1_700_000_003_000, "Idle hidden")).toMatchObject({
    title: "shop · STRICT",
    facts: "100 % mutual TLS · last 60 s · Idle hidden",
  });
  expect(toPictureCaption(posture, true, 1_700_000_900_000, "").facts).toContain("old data, of ");
  expect(toPictureCaption({ ...posture, mode: null, observedAt: null }, true, 1, "")).toMatchObject({
    title: "shop · policy not read",
    facts: "100 % mutual TLS · no traffic seen yet",
  });
  expect(toFileName("../x y", 1_700_000_000_000)).toBe("padlock----x-y-2023-11-14-221320");
});
