/**
 * How many dots may move at once. Frames come first: a window of slow ones takes dots away, steady ones give them back, ever more rarely where
 * that went wrong before. Begins with few, so that it learns how fast this screen is while little moves.
 */
export interface DotBudget {
  readonly limit: number;
  /** @param elapsed ms since the frame before @returns whether the limit is another now */
  frame(elapsed: number): boolean;
}

const FIRST = 300;
const LEAST = 60;
const WINDOW = 30;
/** A frame that takes so many times the usual has missed its turn. */
const SLOW = 1.5;
const MOST_SLOW_IN_WINDOW = WINDOW / 5;
const TAKE = 0.6;
const GIVE = 1.25;
/** Windows without a try to give back after slow ones; doubled each time. */
const FIRST_PAUSE = 8;
const LONGEST_PAUSE = 120;
/** No screen counts as faster, so that 120 Hz are no duty; ms. */
const QUICKEST_MS = 1000 / 60;
/** A pause of the page (hidden, asleep) says nothing about its speed; ms. */
const PAUSE_MS = 1000;

/** @param most dots, whatever the machine can do */
export function createDotBudget(most: number): DotBudget {
  let limit = Math.min(FIRST, most);
  let usual = Number.POSITIVE_INFINITY;
  let window: number[] = [];
  let pause = FIRST_PAUSE;
  let waiting = 0;

  function judge(): number {
    const sorted = window.toSorted((a, b) => a - b);
    const median = sorted[WINDOW / 2] ?? usual;
    usual = Math.max(QUICKEST_MS, Math.min(usual, median));
    const slow = window.filter((elapsed) => elapsed > usual * SLOW).length;
    if (slow > MOST_SLOW_IN_WINDOW) {
      // It is not the dots: another screen, or a machine that is busy with others.
      if (limit === LEAST) usual = median;
      waiting = pause;
      pause = Math.min(LONGEST_PAUSE, pause * 2);
      return Math.max(LEAST, Math.floor(limit * TAKE));
    }
    if (waiting > 0) {
      waiting--;
      return limit;
    }
    return Math.min(most, Math.ceil(limit * GIVE));
  }

  return {
    get limit() {
      return limit;
    },
    frame(elapsed) {
      if (elapsed > PAUSE_MS) return false;
      window.push(elapsed);
      if (window.length < WINDOW) return false;
      const next = judge();
      window = [];
      const isOther = next !== limit;
      limit = next;
      return isOther;
    },
  };
}
