import { startPadlock } from "../e2e/padlock";
import { toPadlockApi } from "../e2e/padlock-api";
import { launchBrowser } from "./browser";
import { toDashboardPage } from "./dashboard-page";
import { type Animation, CONSOLE_FOLDER, serveKialiConsole } from "./kiali-console";
import { type Figure, report } from "./report";
import { toSpread } from "./rounds";
import { type Visit, visit } from "./whole-page";

/** P1, P3, P4 against Kiali's own console: whole page against whole page, the same graphs, one after the other. */
interface Pairing {
  graph: string;
  animation: Animation;
  /** The first is thrown away. */
  rounds: number;
  /** Frames are compared for so long, s; 0 = the paint alone. */
  seconds: number;
  paint: number | null;
  /** Least ratio of frames a second. */
  frames: number | null;
}

/** One part a run, so that none takes more than some minutes: `npm run bench:kiali -- on`. */
const PARTS: Record<string, Pairing[]> = {
  on: [
    { graph: "15-30", animation: "point", rounds: 5, seconds: 3, paint: 0.35, frames: 4 },
    { graph: "50-100", animation: "point", rounds: 4, seconds: 3, paint: 0.15, frames: 20 },
    { graph: "100-200", animation: "point", rounds: 3, seconds: 0, paint: 0.1, frames: null },
  ],
  off: [
    { graph: "15-30", animation: "off", rounds: 5, seconds: 0, paint: 0.4, frames: null },
    { graph: "100-200", animation: "off", rounds: 4, seconds: 0, paint: 0.3, frames: null },
    { graph: "500-1000", animation: "off", rounds: 2, seconds: 0, paint: 0.1, frames: null },
  ],
  dash: [
    { graph: "50-100", animation: "dash", rounds: 4, seconds: 4, paint: null, frames: null },
    { graph: "300-600", animation: "dash", rounds: 3, seconds: 4, paint: null, frames: 4 },
  ],
};
/** Whoever takes longer counts as that long, ms: the ratio is then at most what is written. */
const BOUND = 40_000;

type Round = Record<"padlock" | "kiali", Visit>;

const part = process.argv[3] ?? "on";
const pairings = PARTS[part];
if (pairings === undefined) throw new Error(`There is no part ${part}; the parts are ${Object.keys(PARTS).join(", ")}.`);

if (CONSOLE_FOLDER === null) {
  console.log("Not compared with Kiali: KIALI_CONSOLE does not name the folder of a built console (docs/performance.md says how to get one).");
} else {
  const folder = CONSOLE_FOLDER;
  await report(`P1, P3, P4  against Kiali's console, ${part}`, async () => {
    const console_ = await serveKialiConsole(folder);
    const padlock = await startPadlock(4760);
    const browser = await launchBrowser();
    const figures: Figure[] = [];
    try {
      const state = await toPadlockApi(padlock.url).readState();
      for (const pairing of pairings) {
        const { graph, animation, rounds, seconds } = pairing;
        const ours = await toDashboardPage(padlock.url, state, graph, animation !== "off");
        const theirs = console_.pageOf(graph, animation);
        const all: Round[] = [];
        for (let round = 0; round < rounds; round++) {
          const figuresOf = { padlock: await visit(browser, ours, { bound: BOUND, seconds }), kiali: await visit(browser, theirs, { bound: BOUND, seconds }) };
          all.push(figuresOf);
          console.error(`${graph} ${animation}, round ${round + 1} of ${rounds}: ${JSON.stringify(figuresOf)}`);
        }
        figures.push(...toFigures(pairing, all.slice(1)));
      }
      return figures;
    } finally {
      await browser.close();
      await padlock.end();
      await console_.close();
    }
  });
}

function toFigures({ graph, animation, seconds, paint, frames }: Pairing, rounds: readonly Round[]): Figure[] {
  const name = `${graph}, ${animation === "off" ? "not animated" : animation}`;
  const ratio = (of: (visit: Visit) => number | null) => toSpread(rounds.map(({ padlock, kiali }) => (of(padlock) ?? Number.NaN) / (of(kiali) ?? Number.NaN)));
  const plain = (what: string, of: (round: Round) => number | null, unit: string): Figure => ({
    name: `${name}: ${what}`,
    target: "–",
    measured: toSpread(rounds.map((round) => of(round) ?? Number.NaN)),
    unit,
    met: null,
  });
  const atMost = (what: string, target: number, of: (visit: Visit) => number | null): Figure => {
    const measured = ratio(of);
    return { name: `${name}: ${what}, Padlock ÷ Kiali`, target: `≤ ${target}`, measured, met: measured.median <= target };
  };
  const figures: Figure[] = [];
  if (paint !== null) {
    figures.push(atMost("JSON → paint", paint, (visit) => visit.paint));
    figures.push(
      plain("Padlock", ({ padlock }) => padlock.paint, " ms"),
      plain("Kiali", ({ kiali }) => kiali.paint, " ms"),
      { name: `${name}: address → paint, Padlock ÷ Kiali`, target: "–", measured: ratio((visit) => visit.total), met: null },
    );
  }
  if (seconds > 0) {
    const measured = ratio((visit) => visit.framesPerSecond);
    figures.push({
      name: `${name}: frames a second, Padlock ÷ Kiali`,
      target: frames === null ? "–" : `≥ ${frames}`,
      measured,
      met: frames === null ? null : measured.median >= frames,
    });
    figures.push(
      plain("Padlock", ({ padlock }) => padlock.framesPerSecond, " fps"),
      plain("Kiali", ({ kiali }) => kiali.framesPerSecond, " fps"),
    );
  }
  if (graph === "50-100" && animation === "dash") figures.push(atMost("main thread busy", 1.5, (visit) => visit.busy));
  if (graph === "15-30" && animation === "point") {
    figures.push(
      atMost("script, gzip", 0.15, (visit) => visit.script),
      plain("script of Padlock", ({ padlock }) => padlock.script, " kB"),
      plain("script of Kiali", ({ kiali }) => kiali.script, " kB"),
      atMost("first contentful paint", 0.5, (visit) => visit.fcp),
      atMost("largest contentful paint", 0.5, (visit) => visit.lcp),
    );
  }
  return figures;
}
