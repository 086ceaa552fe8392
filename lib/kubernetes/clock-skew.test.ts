import { expect, test } from "vitest";
import { createClockSkew } from "./clock-skew";

const NOW = Date.parse("2026-11-24T16:00:00Z");
const header = (at: number) => new Date(at).toUTCString();

test.each([0, 600_000, -600_000])("a clock that is %d ms ahead is found to within a second", (ahead) => {
  const skew = createClockSkew();
  skew.note(header(NOW + ahead + 40), NOW, NOW + 80);
  expect(Math.abs((skew.aheadMs ?? Number.NaN) - ahead)).toBeLessThanOrEqual(1000);
});

test.each([
  ["no header", undefined, NOW, NOW],
  ["no date", "yesterday", NOW, NOW],
  ["an answer that took long", header(NOW + 600_000), NOW, NOW + 5000],
  ["a clock of our own that was set back meanwhile", header(NOW + 600_000), NOW, NOW - 1],
])("%s tells nothing", (_, date, sentAt, receivedAt) => {
  const skew = createClockSkew();
  skew.note(date, sentAt, receivedAt);
  expect(skew.aheadMs).toBeNull();
});
