// `npm run bench:<figure>`: Node 20 runs no TypeScript, so the bench is bundled into dist/ (a folder below the root, as bench/ is) and run from there.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const name = process.argv[2] ?? "";
if (!/^[a-z-]+$/.test(name)) {
  console.error("Usage: node bench/run.js paint | animation | script | growth | idle | kiali | make-graphs");
  process.exit(1);
}
const outfile = path.join(root, "dist", `bench-${name}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: [`bench/${name}.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  logLevel: "warning",
});
await import(pathToFileURL(outfile).href);
