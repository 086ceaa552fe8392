import { loadavg } from "node:os";
import type { Spread } from "./rounds";

export interface Figure {
  name: string;
  /** In words; "–" where there is none. */
  target: string;
  measured: Spread | number;
  unit?: string;
  /** null: nothing to meet. */
  met: boolean | null;
}

/** An idle loop's own time says whether the machine had something else to do. */
const CALIBRATIONS = 9;
const NOISY_ABOVE = 0.15;

function timeIdleLoop(): number {
  const started = performance.now();
  let sum = 0;
  for (let index = 0; index < 20_000_000; index++) sum += index % 7;
  return sum > 0 ? performance.now() - started : 0;
}

/** @returns how far the loop's slowest time is above its fastest, 0.15 = 15 % */
export function toNoise(): number {
  const times = Array.from({ length: CALIBRATIONS }, timeIdleLoop).slice(1);
  return Math.max(...times) / Math.min(...times) - 1;
}

/** Runs a bench between two calibrations and prints its table. */
export async function report(title: string, measure: () => Promise<Figure[]>): Promise<void> {
  const started = Date.now();
  const before = toNoise();
  const figures = await measure();
  const noise = Math.max(before, toNoise());
  const rows = [["figure", "target", "measured", "met"], ...figures.map(toRow)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of rows) console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const quiet = noise > NOISY_ABOVE ? "NOISY: another run on a quiet machine is needed" : "quiet";
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${quiet} (idle loop varied ${(noise * 100).toFixed(0)} %, load average ${load}); ${((Date.now() - started) / 1000).toFixed(0)} s in all`);
}

function toRow({ name, target, measured, unit = "", met }: Figure): string[] {
  return [name, target, toWords(measured, unit), met === null ? "" : met ? "yes" : "NO"];
}

function toWords(measured: Spread | number, unit: string): string {
  const write = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3))));
  if (typeof measured === "number") return `${write(measured)}${unit}`;
  return `${write(measured.median)}${unit} (${write(measured.min)}–${write(measured.max)})`;
}
