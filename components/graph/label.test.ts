import { expect, test } from "vitest";
import { toLabel, toShortText, toVisibleText } from "./label";

test("ordinary names stay as they are", () => {
  for (const name of ["web-api", "purchase-history", "sleep", "default · no sidecar", "名前", "naïve"]) expect(toVisibleText(name)).toBe(name);
});

test("characters that steer the eye are shown instead of obeyed", () => {
  expect(toVisibleText("a\u202eb")).toBe("a\\u{202e}b");
  expect(toVisibleText("zero\u200bwidth\ufeff")).toBe("zero\\u{200b}width\\u{feff}");
  expect(toVisibleText("line\nbreak\u2028\u0000")).toBe("line\\u{a}break\\u{2028}\\u{0}");
  expect(toVisibleText("\ud800")).toBe("\\u{d800}");
});

test("a pile of combining marks keeps three", () => {
  expect(toVisibleText(`e${"\u0301".repeat(1000)}x`)).toBe(`e${"\u0301".repeat(3)}x`);
});

test("markup is text", () => {
  expect(toVisibleText("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
});

test("long names keep start and end and never exceed the length", () => {
  expect(toShortText("web-api", 24)).toBe("web-api");
  const long = toShortText(`payment-reconciliation-service-${"x".repeat(210)}-canary`, 24);
  expect(Array.from(long)).toHaveLength(24);
  expect(long.startsWith("payment-")).toBe(true);
  expect(long.endsWith("-canary")).toBe(true);
});

test("a name of ten megabytes costs little", () => {
  const started = performance.now();
  expect(Array.from(toLabel("\u202ea".repeat(5_000_000), 24))).toHaveLength(24);
  expect(performance.now() - started).toBeLessThan(500);
});
