import type { EdgeSingular, StylesheetJson } from "cytoscape";
import { LOOP } from "./geometry";
import type { Metrics } from "./metrics";
import { type Pattern, TONES } from "./model";
import type { Palette } from "./palette";
import { LAYERS, QUIET_WIDTH } from "./standing";
import { DASHES, HOLLOW, toneColour } from "./strokes";

/** Cytoscape's stylesheet from the tokens: colour is health, pattern is protection. A stale picture keeps the patterns and loses the colours. */
export function toStylesheet(palette: Palette, metrics: Metrics, stale: boolean): StylesheetJson {
  const k = metrics.line / 3;
  return [
    {
      selector: "node",
      style: { shape: "round-rectangle", width: "data(width)", height: "data(height)", "background-opacity": 0, "border-width": 0, "overlay-opacity": 0 },
    },
    {
      selector: "node.frame",
      style: {
        "corner-radius": `${metrics.frame.radius}px`,
        "background-color": palette.sunken,
        "background-opacity": 1,
        "border-width": metrics.border * 0.9,
        "border-color": palette.line,
        "z-index-compare": "manual",
        "z-index": 0,
        events: "no",
      },
    },
    // Painted by the overlay; here it is only what the pointer meets.
    { selector: "node.box", style: { opacity: 0, "corner-radius": `${metrics.radius}px`, "z-index-compare": "manual", "z-index": 1 + LAYERS } },
    {
      selector: "edge",
      style: {
        width: metrics.line,
        "z-index-compare": "manual",
        "z-index": 1,
        "curve-style": "straight",
        "source-endpoint": "data(from)",
        "target-endpoint": "data(to)",
        "target-arrow-shape": "triangle",
        "arrow-scale": 1.15,
        "line-cap": "round",
        "overlay-opacity": 0,
      },
    },
    {
      selector: "edge.curve",
      style: { "curve-style": "unbundled-bezier", "edge-distances": "node-position", "control-point-distances": "data(bend)", "control-point-weights": 0.5 },
    },
    {
      selector: "edge.loop",
      style: {
        "curve-style": "bezier",
        "control-point-step-size": (edge: EdgeSingular) => Number(edge.data("loop")),
        "loop-direction": `${LOOP.direction}deg`,
        "loop-sweep": `${LOOP.sweep}deg`,
        "source-endpoint": "outside-to-node",
        "target-endpoint": "outside-to-node",
      },
    },
    ...Array.from({ length: LAYERS }, (_, layer) => ({ selector: `edge.layer-${layer}`, style: { "z-index": 1 + layer } })),
    ...TONES.map((tone) => ({
      selector: `edge.tone-${tone}`,
      style: { "line-color": toneColour(palette, tone, stale), "target-arrow-color": toneColour(palette, tone, stale) },
    })),
    ...(Object.entries(DASHES) as [Pattern, number[] | null][]).map(([pattern, dash]) => ({
      selector: `edge.pattern-${pattern}`,
      style: dash ? { "line-style": "dashed" as const, "line-dash-pattern": dash.map((value) => value * k) } : { "line-style": "solid" as const },
    })),
    ...TONES.map((tone) => ({
      selector: `edge.pattern-not-measured.tone-${tone}`,
      style: {
        width: metrics.line * HOLLOW.inner,
        "line-color": palette.surface,
        "line-outline-width": metrics.line * (HOLLOW.outer - HOLLOW.inner),
        "line-outline-color": toneColour(palette, tone, stale),
      },
    })),
    { selector: "edge.tone-refused", style: { opacity: (edge: EdgeSingular) => Number(edge.data("presence")) } },
    { selector: "edge.quiet", style: { width: metrics.line * QUIET_WIDTH, "line-opacity": (edge: EdgeSingular) => Number(edge.data("faint")) } },
    { selector: "edge.blunt", style: { "target-arrow-shape": "none" } },
    { selector: "edge.pattern-idle", style: { width: metrics.line * 0.8 } },
  ];
}
