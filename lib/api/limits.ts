/** Bounds that page and server share. Apart from the requests' schemas, so that a page which only shows a number does not load a validator. */

/** Caps of a run; in code, not in the page. Requests/s, connections at once, seconds, requests in all. */
export const RUN_LIMITS = { ratePerSecond: 200, connections: 50, seconds: 300, requests: 60_000 } as const;

/** Windows a person may choose, seconds. */
export const WINDOWS = [30, 60, 300, 900] as const;
