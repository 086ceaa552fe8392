import { normaliseAddress } from "../address";

const WINDOW_MS = 60_000;
/** Wrong codes a minute, from one address and from everywhere. */
const PER_ADDRESS = 5;
const IN_ALL = 30;

/**
 * Counts wrong codes by the socket's address, never by what a header claims. Whoever is over the limit is refused before any code is
 * compared, so guessing goes no faster in parallel. Bounded: no more entries than wrong codes a minute.
 */
export function createGuessLimit({ now = Date.now }: { now?: () => number } = {}) {
  let wrong: { address: string; at: number }[] = [];

  return {
    /** @returns seconds to wait; null when this address may try */
    toWait(address: string): number | null {
      wrong = wrong.filter(({ at }) => now() - at < WINDOW_MS);
      const own = wrong.filter((guess) => guess.address === normaliseAddress(address));
      const oldest = own.length >= PER_ADDRESS ? own.at(-PER_ADDRESS) : wrong.length >= IN_ALL ? wrong.at(-IN_ALL) : undefined;
      return oldest === undefined ? null : Math.max(1, Math.ceil((oldest.at + WINDOW_MS - now()) / 1000));
    },
    wasWrong(address: string): void {
      wrong.push({ address: normaliseAddress(address), at: now() });
    },
  };
}
export type GuessLimit = ReturnType<typeof createGuessLimit>;
