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

const CLOSED_SHACKLE: LockShape = { d: "M7.2 10.6V7.2a4.8 4.8 0 0 1 9.6 0v3.4", stroke: 2.5 };

export const LOCK_SHAPES: Record<LockState, readonly LockShape[]> = {
  "mutual-tls": [
    CLOSED_SHACKLE,
    {
      d: "M5.8 10h12.4a2.6 2.6 0 0 1 2.6 2.6v6.8a2.6 2.6 0 0 1-2.6 2.6H5.8a2.6 2.6 0 0 1-2.6-2.6v-6.8A2.6 2.6 0 0 1 5.8 10zM12 13.2a1.9 1.9 0 0 0-.9 3.6v2.1h1.8v-2.1a1.9 1.9 0 0 0-.9-3.6z",
      stroke: null,
    },
  ],
  mixed: [
    CLOSED_SHACKLE,
    // Thin-walled and as large as the closed body, so that its empty half is seen at 20 px.
    { d: "M5.3 10.8h13.4a1.6 1.6 0 0 1 1.6 1.6v7.2a1.6 1.6 0 0 1-1.6 1.6H5.3a1.6 1.6 0 0 1-1.6-1.6v-7.2a1.6 1.6 0 0 1 1.6-1.6z", stroke: 1.5 },
    { d: "M4 10.8h6.9v10.4H4z", stroke: null },
  ],
  plaintext: [
    { d: "M11.9 11V6.6a4.5 4.5 0 0 1 9 0v2.6", stroke: 2.4 },
    { d: "M3.7 11.1h10.8a1.6 1.6 0 0 1 1.6 1.6v6.7a1.6 1.6 0 0 1-1.6 1.6H3.7a1.6 1.6 0 0 1-1.6-1.6v-6.7a1.6 1.6 0 0 1 1.6-1.6z", stroke: 2.1 },
  ],
  refused: [
    { d: "M12 1.9 20.4 4.8v6c0 5.4-3.4 9.2-8.4 11.4-5-2.2-8.4-6-8.4-11.4v-6z", stroke: 2.2 },
    { d: "M8.5 8.1l7 7M15.5 8.1l-7 7", stroke: 2.6 },
  ],
  "not-measured": [{ d: "M12 3.2a8.8 8.8 0 1 1 0 17.6a8.8 8.8 0 1 1 0-17.6", stroke: 2.3, dash: [3.456, 3.456] }],
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
