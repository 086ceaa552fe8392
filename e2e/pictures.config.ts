import { defineConfig } from "@playwright/test";
import base from "./playwright.config";
import type { Fixtures } from "./test";

/** Pictures to look at: `npm run gallery` and `npm run pictures`. They are no tests of `npm test`. */
export default defineConfig<Fixtures>({
  ...base,
  outputDir: "../test-results/pictures",
  timeout: 120_000,
  reporter: [["list"]],
  projects: [
    { name: "gallery", testMatch: "gallery.ts" },
    { name: "pictures", testMatch: "pictures.ts" },
  ],
});
