// Adds up what Vitest and Playwright wrote into test-results/ and prints the closing line; a suite without a result counts as failed.
import { readFileSync } from "node:fs";

const read = (file) => {
  try {
    return JSON.parse(readFileSync(new URL(`../test-results/${file}`, import.meta.url), "utf8"));
  } catch {
    console.log(`${file}: no result`);
    return null;
  }
};
const unit = read("unit.json");
const e2e = read("e2e.json");
const counts = [
  unit === null
    ? { passed: 0, failed: 1, skipped: 0 }
    : {
        passed: unit.numPassedTests,
        failed: unit.numFailedTests + (unit.numFailedTestSuites > 0 && unit.numFailedTests === 0 ? unit.numFailedTestSuites : 0),
        skipped: unit.numPendingTests,
      },
  e2e === null
    ? { passed: 0, failed: 1, skipped: 0 }
    : { passed: e2e.stats.expected + e2e.stats.flaky, failed: e2e.stats.unexpected, skipped: e2e.stats.skipped },
];
const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
const skipped = sum("skipped");
console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
if (sum("failed") > 0 || sum("passed") === 0) process.exitCode = 1;
