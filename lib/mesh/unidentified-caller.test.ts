import { expect, test } from "vitest";
import { subtractOwn } from "./unidentified-caller";

const AT = 1_000_000_000;
/** `count` moments spread evenly over the `over` seconds that end at AT. */
const moments = (count: number, over = 60) => Array.from({ length: count }, (_, index) => AT - ((index + 0.5) * over * 1_000) / count);
const lab = { windowSeconds: 60, dataAt: AT, scrapeSeconds: 1, ownCallTimes: [] as number[], checkTimes: [] as number[] };
const addon = { ...lab, scrapeSeconds: 15 };

test.each([
  { what: "nobody of ours called: all of it is somebody else's", given: { ...lab, edgeRate: 0.5 }, unidentifiedRate: 0.5, uncertain: false },
  { what: "30 calls a minute explain 0.5/s", given: { ...lab, edgeRate: 0.5, ownCallTimes: moments(30) }, unidentifiedRate: 0, uncertain: false },
  {
    what: "enforcement checks explain as well",
    given: { ...lab, edgeRate: 0.5, ownCallTimes: moments(20), checkTimes: moments(10) },
    unidentifiedRate: 0,
    uncertain: false,
  },
  { what: "half of 1/s is ours", given: { ...lab, edgeRate: 1, ownCallTimes: moments(30) }, unidentifiedRate: 0.5, uncertain: false },
  {
    what: "a little more than ours is within the error, and said",
    given: { ...lab, edgeRate: 0.515, ownCallTimes: moments(30) },
    unidentifiedRate: 0,
    uncertain: true,
  },
  { what: "scraped each 15 s the error is wide", given: { ...addon, edgeRate: 0.9, ownCallTimes: moments(30) }, unidentifiedRate: 0, uncertain: true },
  { what: "but not without end", given: { ...addon, edgeRate: 1.2, ownCallTimes: moments(30) }, unidentifiedRate: 0.7, uncertain: false },
  { what: "less than ours: calls not scraped yet", given: { ...addon, edgeRate: 0.2, ownCallTimes: moments(30) }, unidentifiedRate: 0, uncertain: false },
  {
    what: "a window of two scrapes tells nothing apart",
    given: { ...addon, windowSeconds: 30, edgeRate: 5, ownCallTimes: moments(1, 30) },
    unidentifiedRate: 0,
    uncertain: true,
  },
  {
    what: "calls from long before the window explain nothing",
    given: { ...lab, edgeRate: 0.5, ownCallTimes: [AT - 70_000] },
    unidentifiedRate: 0.5,
    uncertain: false,
  },
  { what: "calls after the data explain nothing", given: { ...lab, edgeRate: 0.5, ownCallTimes: [AT + 1] }, unidentifiedRate: 0.5, uncertain: false },
  { what: "no rate", given: { ...lab, edgeRate: 0, ownCallTimes: moments(3) }, unidentifiedRate: 0, uncertain: false },
  { what: "no number", given: { ...lab, edgeRate: Number.NaN }, unidentifiedRate: 0, uncertain: false },
])("$what", ({ given, unidentifiedRate, uncertain }) => {
  expect(subtractOwn(given)).toEqual({ unidentifiedRate: expect.closeTo(unidentifiedRate, 6), uncertain });
});
