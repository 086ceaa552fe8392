/** How another machine's clock stands to this one's, learned from the Date header of its answers (RFC 9110, 6.6.1). */
export interface ClockSkew {
  /** ms the other clock is ahead of this one, to about a second; null while no answer told. */
  readonly aheadMs: number | null;
  /** @param date the header; @param sentAt and receivedAt epoch ms by this clock */
  note(date: string | string[] | undefined, sentAt: number, receivedAt: number): void;
}

/** The header is cut to whole seconds. */
const HALF_A_SECOND = 500;
/** An answer that took longer says too little about when its date was written, ms. */
const LONGEST_TRIP = 2000;

export function createClockSkew(): ClockSkew {
  let aheadMs: number | null = null;
  return {
    get aheadMs() {
      return aheadMs;
    },
    note(date, sentAt, receivedAt) {
      const said = typeof date === "string" ? Date.parse(date) : Number.NaN;
      // A clock that was set while the answer was on its way tells nothing either.
      if (Number.isNaN(said) || receivedAt < sentAt || receivedAt - sentAt > LONGEST_TRIP) return;
      aheadMs = said + HALF_A_SECOND - (sentAt + receivedAt) / 2;
    },
  };
}
