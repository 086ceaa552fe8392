/**
 * How colours look to people who see fewer. Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency,
 * IEEE TVCG 15(6), 2009, table of matrices at severity 1.0, applied to linear RGB. Grey is the relative luminance of WCAG 2.2, a bad projector or a printer.
 */
export type Rgb = readonly [number, number, number];

const MACHADO = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  grey: [0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722, 0.2126, 0.7152, 0.0722],
  "all colours": [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

export type Vision = keyof typeof MACHADO;
export const VISIONS = Object.keys(MACHADO) as Vision[];

/** @returns linear RGB, 0–1, as that vision has it */
export function toSeen(hex: string, vision: Vision): Rgb {
  const [r, g, b] = toLinear(hex);
  const [a, c, d, e, f, h, i, j, k] = MACHADO[vision];
  return [clamp(a * r + c * g + d * b), clamp(e * r + f * g + h * b), clamp(i * r + j * g + k * b)];
}

/** WCAG 2.2 contrast ratio of two linear colours, 1–21. */
export function toContrast(first: Rgb, second: Rgb): number {
  const [light, dark] = [toLuminance(first), toLuminance(second)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** CIE 1976 colour difference; 2.3 is just noticeable, from about 20 nobody mixes two up. */
export function toDifference(first: Rgb, second: Rgb): number {
  const [one, two] = [toLab(first), toLab(second)];
  return Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]);
}

function toLinear(hex: string): Rgb {
  const channel = (from: number) => {
    const value = Number.parseInt(hex.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

function toLuminance([r, g, b]: Rgb): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** sRGB primaries, D65 white. */
function toLab([r, g, b]: Rgb): Rgb {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
