// Finds a Chromium of the system; prints its path and ends with 0, or with 1 when Playwright's own has to serve.
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** @returns {string | undefined} path of an executable Chromium */
export function findChromium() {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/bin"];
  for (const name of NAMES) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here: the next one.
      }
    }
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findChromium();
  if (found === undefined) process.exitCode = 1;
  else console.log(found);
}
