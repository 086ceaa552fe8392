import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import { findChromium } from "./find-chromium.js";
import type { Fixtures } from "./test";

const root = fileURLToPath(new URL("..", import.meta.url));
const executablePath = findChromium();

/** One worker: the specs share one lab, as people in a room do, and each puts it back to its start. */
export default defineConfig<Fixtures>({
  testDir: ".",
  outputDir: "../test-results/e2e",
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  // Promises in milliseconds are kept on a machine that is busy with something else only at the second look; such a test is told as flaky.
  retries: process.env["CI"] ? 2 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env["CI"] ? [["list"], ["json", { outputFile: fileURLToPath(new URL("../test-results/e2e.json", import.meta.url)) }]] : [["list"]],
  globalSetup: "./global-setup.ts",
  use: {
    // Set by global-setup.ts; the workers read this file after it.
    baseURL: process.env["PADLOCK_URL"] ?? "",
    lab: process.env["PADLOCK_LAB"] ?? "",
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  metadata: { root },
});
