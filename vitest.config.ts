import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: {
    include: ["{lib,components,app,bin}/**/*.test.{ts,tsx}"],
    // Two cores: a fork per file, few at once, so that timing-sensitive suites (sockets, watches) are not starved.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Promises in milliseconds are kept on a machine that is busy with something else only at the second look.
    retry: process.env["CI"] ? 2 : 0,
    reporters: process.env["CI"] ? ["default", "json"] : ["default"],
    outputFile: { json: "test-results/unit.json" },
  },
});
