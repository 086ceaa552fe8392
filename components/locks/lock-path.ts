import type { LockState } from "@/lib/mesh/lock";

/**
 * The five lock shapes on a 24 × 24 grid, once, for SVG and canvas alike. The outline alone tells the states apart (closed, half-filled, swung open,
 * shield, ring), so that they survive grey-scale, a bad projector and colour blindness; colour only repeats it.
 */
export interface LockShape {
  d: string;
  /** Line width on the 24 grid; null = filled (even-odd, so that holes show the ground). */
  stroke: number | null;
  dash?: [number, number];
}

export const LOCK_GRID = 24;

const CLOSED_SHACKLE: LockShape = { d: "M7.6 11V7.9a4.4 4.4 0 0 1 8.8 0V11", stroke: 2.3 };

export const LOCK_SHAPES: Record<LockState, readonly LockShape[]> = {
  "mutual-tls": [
    CLOSED_SHACKLE,
    { d: "M6.4 10.4h11.2a2.4 2.4 0 0 1 2.4 2.4v6.3a2.4 2.4 0 0 1-2.4 2.4H6.4A2.4 2.4 0 0 1 4 19.1v-6.3a2.4 2.4 0 0 1 2.4-2.4zM12 13.5a1.75 1.75 0 0 0-.8 3.3v1.9h1.6v-1.9a1.75 1.75 0 0 0-.8-3.3z", stroke: null },
  ],
  mixed: [
    CLOSED_SHACKLE,
    { d: "M6.4 11.4h11.2a1.4 1.4 0 0 1 1.4 1.4v6.3a1.4 1.4 0 0 1-1.4 1.4H6.4A1.4 1.4 0 0 1 5 19.1v-6.3a1.4 1.4 0 0 1 1.4-1.4z", stroke: 1.9 },
    { d: "M5 11.4h7v9.1H5z", stroke: null },
  ],
  plaintext: [
    { d: "M12.2 11.4V7a4.1 4.1 0 0 1 8.2 0v2.2", stroke: 2.3 },
    { d: "M3.9 11.5h10.4a1.4 1.4 0 0 1 1.4 1.4v6.2a1.4 1.4 0 0 1-1.4 1.4H3.9a1.4 1.4 0 0 1-1.4-1.4v-6.2a1.4 1.4 0 0 1 1.4-1.4z", stroke: 2 },
  ],
  refused: [
    { d: "M12 2.6 19.7 5.3v5.5c0 5-3.1 8.6-7.7 10.6-4.6-2-7.7-5.6-7.7-10.6V5.3z", stroke: 2.1 },
    { d: "M8.7 8.3l6.6 6.6M15.3 8.3l-6.6 6.6", stroke: 2.5 },
  ],
  "not-measured": [{ d: "M12 3.7a8.3 8.3 0 1 1 0 16.6a8.3 8.3 0 1 1 0-16.6", stroke: 2.2, dash: [3.26, 3.26] }],
};

export const LOCK_WORDS: Record<LockState, string> = {
  "mutual-tls": "mutual TLS",
  mixed: "mixed",
  plaintext: "plaintext",
  refused: "refused",
  "not-measured": "not measured",
};

/** The token that repeats the state: protection is blue, plaintext amber, refused magenta, unknown grey. */
export const LOCK_TOKENS: Record<LockState, "mtls" | "plain" | "refused" | "unknown"> = {
  "mutual-tls": "mtls",
  mixed: "mtls",
  plaintext: "plain",
  refused: "refused",
  "not-measured": "unknown",
};

const paths = new Map<string, Path2D>();

function toPath(d: string): Path2D {
  const known = paths.get(d);
  if (known) return known;
  const made = new Path2D(d);
  paths.set(d, made);
  return made;
}

/** Draws a lock with its upper left corner at x, y; size in the context's own units. The context's state is left as it was. */
export function drawLock(context: CanvasRenderingContext2D, state: LockState, x: number, y: number, size: number, colour: string): void {
  context.save();
  context.translate(x, y);
  context.scale(size / LOCK_GRID, size / LOCK_GRID);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = colour;
  context.fillStyle = colour;
  for (const shape of LOCK_SHAPES[state]) {
    if (shape.stroke === null) {
      context.fill(toPath(shape.d), "evenodd");
      continue;
    }
    context.lineWidth = shape.stroke;
    // Round caps would close the ring's gaps.
    context.lineCap = shape.dash ? "butt" : "round";
    context.setLineDash(shape.dash ?? []);
    context.stroke(toPath(shape.d));
  }
  context.restore();
}
