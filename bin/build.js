// `npm run build`: the page by Next, and launcher, lab and the app's own start file by esbuild, because Node 20 runs no TypeScript.
// Also imported by padlock.js, which rebuilds only when sources or the lock file have changed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = path.join(root, "dist");
const stamp = path.join(dist, "sources.sha256");

/** What a build is made of; tests are not. */
const SOURCES = ["app", "components", "lib", "bin", "public", "package-lock.json", "next.config.js", "postcss.config.mjs", "tsconfig.json"];
const ENTRIES = { launcher: "bin/launcher.ts", lab: "lib/lab/main.ts", app: "lib/server/main.ts" };

/** @returns {Promise<string[]>} files below `place`, sorted, without tests and their data */
async function listSources(place) {
  const entries = await readdir(path.join(root, place), { withFileTypes: true, recursive: true }).catch(() => null);
  if (entries === null) return [place];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/\.test\.tsx?$|(^|[\\/])testdata[\\/]/.test(file))
    .sort();
}

/** @returns {Promise<string>} digest of every source and the lock file */
async function digestSources() {
  const hash = createHash("sha256").update(process.versions.node.split(".")[0]);
  for (const place of SOURCES) {
    for (const file of await listSources(place)) {
      const content = await readFile(path.join(root, file)).catch(() => "");
      hash.update(file).update("\0").update(content).update("\0");
    }
  }
  return hash.digest("hex");
}

async function bundle() {
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: dist,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
  });
}

function buildPage() {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, "node_modules/next/dist/bin/next"), "build"], {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`The page could not be built (next build ended with ${code}):\n${output}`))));
  });
}

/** Two at once would write into each other's files; Next refuses that with an error. */
const lock = path.join(dist, "building");

/** A build takes about half a minute; whoever holds the lock for longer than this has no build. */
const LONGEST_BUILD_MS = 5 * 60_000;
/** From making the lock to writing a number into it; one that stays empty was left by a process that was killed between the two. */
const EMPTY_MS = 2000;

/** Waits for another process that builds here; one that is gone holds nothing. */
async function takeLock() {
  await mkdir(dist, { recursive: true });
  for (let said = false; ; ) {
    try {
      await writeFile(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (await isAbandoned()) {
      await rm(lock, { force: true });
      continue;
    }
    if (!said) console.log("Padlock is being built by another start; waiting for it …");
    said = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function isAbandoned() {
  const [holder, made] = await Promise.all([readFile(lock, "utf8").catch(() => null), stat(lock).catch(() => null)]);
  // It was let go meanwhile.
  if (holder === null || made === null) return false;
  const age = Date.now() - made.mtimeMs;
  if (age > LONGEST_BUILD_MS) return true;
  return Number(holder) > 0 ? !isAlive(Number(holder)) : age > EMPTY_MS;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Builds when the sources differ from those of the last build that succeeded.
 * @returns {Promise<string>} URL of the launcher's module
 */
export async function buildIfChanged() {
  const digest = await digestSources();
  const read = () => readFile(stamp, "utf8").catch(() => "");
  if ((await read()) !== digest) {
    await takeLock();
    try {
      const built = await read();
      if (built !== digest) await buildAll(digest, built === "");
    } finally {
      await rm(lock, { force: true });
    }
  }
  return pathToFileURL(path.join(dist, "launcher.js")).href;
}

async function buildAll(digest, isFirst) {
  const started = Date.now();
  console.log(isFirst ? "Building Padlock for the first time (about half a minute) …" : "The sources have changed: building Padlock again …");
  await rm(stamp, { force: true });
  await Promise.all([bundle(), buildPage()]);
  await writeFile(stamp, digest);
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildIfChanged();
