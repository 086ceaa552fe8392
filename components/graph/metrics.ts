import type { Direction } from "./layout";
import type { ModelFrame, ModelNode } from "./model";

/**
 * Sizes in model units, which are CSS pixels at zoom 1. The projector is not the screen enlarged: its names are 32 px so that they read from the back row,
 * and the rest grows less, so that the lab's row of four still fits 1920 px.
 */
export interface Metrics {
  title: { size: number; weight: number };
  subtitle: { size: number; weight: number };
  /** Baselines from the node's centre. */
  titleY: number;
  subtitleY: number;
  height: number;
  minWidth: number;
  maxWidth: number;
  textLeft: number;
  textRight: number;
  bar: { x: number; inset: number; width: number };
  radius: number;
  border: number;
  client: { height: number; minWidth: number };
  frame: { top: number; side: number; bottom: number; radius: number; title: { size: number; weight: number }; lock: number; inset: number };
  /** Space between nodes along and across the flow: never less than `min` (a plate must fit), never stretched beyond `max`. */
  along: { min: number; base: number; max: number };
  across: { min: number; base: number; max: number };
  line: number;
  arrow: number;
  /** Least size of a lock on screen, CSS pixels at any zoom. */
  lock: number;
  /** What a plate with its margin needs between two nodes at that size. */
  plate: number;
  dot: number;
  fit: { padding: number; maxZoom: number };
}

export type StageSize = "screen" | "projector";

const PROJECTOR_WIDTH = 1800;

const FONT_STACK = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

export function toFont(size: number, weight: number): string {
  return `${weight} ${size}px ${FONT_STACK}`;
}

const METRICS: Record<StageSize, Metrics> = {
  screen: {
    title: { size: 15, weight: 650 },
    subtitle: { size: 12.8, weight: 400 },
    titleY: -3.5,
    subtitleY: 16.5,
    height: 58,
    minWidth: 132,
    maxWidth: 300,
    textLeft: 22,
    textRight: 16,
    bar: { x: 8, inset: 11, width: 5 },
    radius: 10,
    border: 1.6,
    client: { height: 40, minWidth: 64 },
    frame: { top: 56, side: 26, bottom: 44, radius: 16, title: { size: 15, weight: 650 }, lock: 22, inset: 18 },
    along: { min: 62, base: 90, max: 150 },
    across: { min: 62, base: 96, max: 170 },
    line: 3,
    arrow: 11,
    lock: 20,
    plate: 42,
    dot: 5,
    fit: { padding: 24, maxZoom: 1.4 },
  },
  projector: {
    title: { size: 32, weight: 700 },
    subtitle: { size: 24, weight: 400 },
    titleY: -6,
    subtitleY: 31,
    height: 108,
    minWidth: 210,
    maxWidth: 520,
    textLeft: 38,
    textRight: 24,
    bar: { x: 13, inset: 19, width: 9 },
    radius: 16,
    border: 2.6,
    client: { height: 66, minWidth: 110 },
    frame: { top: 84, side: 36, bottom: 44, radius: 24, title: { size: 32, weight: 700 }, lock: 38, inset: 24 },
    along: { min: 96, base: 130, max: 240 },
    across: { min: 84, base: 110, max: 200 },
    line: 5,
    arrow: 19,
    lock: 36,
    plate: 62,
    dot: 8.5,
    fit: { padding: 48, maxZoom: 1.25 },
  },
};

/** The back row reads no lock below this, CSS pixels, however small the projector's picture is. */
const LEAST_PROJECTED = 32;

/** A wall shows a 1280 px projector as large as a 1920 px one: locks are a share of the picture there, down to the least. */
export function toMetrics(size: StageSize, stageWidth: number): Metrics {
  const metrics = METRICS[size];
  const share = size === "projector" ? Math.min(1, stageWidth / PROJECTOR_WIDTH) : 1;
  if (share === 1) return metrics;
  const lock = Math.max(LEAST_PROJECTED, Math.round(metrics.lock * share));
  return { ...metrics, lock, plate: Math.round((metrics.plate * lock) / metrics.lock) };
}

/** A frame's inner margins: its title stands where the flow neither enters nor leaves, above a row and below a column. */
export function toFramePad({ frame }: Metrics, direction: Direction): { top: number; side: number; bottom: number } {
  return direction === "right"
    ? { top: frame.top, side: frame.side, bottom: frame.bottom }
    : { top: frame.bottom * 0.7, side: frame.side * 0.8, bottom: frame.top };
}

/** Width of a text in CSS pixels at a font size and weight. A canvas measures it in the browser. */
export type Measure = (text: string, size: number, weight: number) => number;

export interface Size {
  width: number;
  height: number;
}

/** A node's box: as wide as its longer line, within limits. Whole even pixels, so that centred boxes have crisp edges. */
export function toNodeSize(node: ModelNode, metrics: Metrics, measure: Measure): Size {
  const title = measure(node.title, metrics.title.size, metrics.title.weight);
  if (node.look === "client") {
    return { width: even(Math.min(metrics.maxWidth, Math.max(metrics.client.minWidth, title + 2 * metrics.textRight))), height: metrics.client.height };
  }
  const text = Math.max(title, measure(node.subtitle, metrics.subtitle.size, metrics.subtitle.weight));
  return { width: even(Math.min(metrics.maxWidth, Math.max(metrics.minWidth, metrics.textLeft + text + metrics.textRight))), height: metrics.height };
}

/** Room a frame's corner title needs: lock, number, name, mode and the insets on both sides. */
export function toFrameTitleWidth(frame: ModelFrame, metrics: Metrics, measure: Measure): number {
  const { size, weight } = metrics.frame.title;
  const words = measure(frame.name, size, weight) + measure(`  ${frame.mode}`, size, 400) + (frame.number ? measure(`${frame.number} `, size, weight) : 0);
  return even(words + (frame.lock ? metrics.frame.lock + size / 2 : 0) + 2 * metrics.frame.inset);
}

function even(value: number): number {
  return 2 * Math.ceil(value / 2);
}
