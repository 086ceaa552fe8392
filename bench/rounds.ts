/** Figures of several rounds. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function toSpread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: toQuantile(sorted, 0.5), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** @param sorted ascending */
export function toQuantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  return below + ((sorted[Math.ceil(at)] ?? Number.NaN) - below) * (at - Math.floor(at));
}

/**
 * A, B, A, B …: what else the machine does meets all alike, so only figures of one round are compared with each other.
 * @param measures by name, in the order in which each round takes them
 * @returns one record a round, without the first, which warms up
 */
export async function inRounds<Name extends string>(rounds: number, measures: Record<Name, () => Promise<number>>): Promise<Record<Name, number>[]> {
  const names = Object.keys(measures) as Name[];
  const all: Record<Name, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = {} as Record<Name, number>;
    for (const name of names) figures[name] = await measures[name]();
    all.push(figures);
    // A slow machine takes minutes: what has been measured so far is not lost when somebody stops it.
    console.error(`round ${round + 1} of ${rounds}: ${names.map((name) => `${name} ${figures[name].toFixed(1)}`).join(", ")}`);
  }
  return all.slice(1);
}

export function toRatios<Name extends string>(rounds: readonly Record<Name, number>[], over: Name, under: Name): Spread {
  return toSpread(rounds.map((round) => round[over] / round[under]));
}
