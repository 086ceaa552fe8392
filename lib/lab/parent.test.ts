import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
let child: string;
let parent: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "padlock-parent-"));
  child = path.join(folder, "child.mjs");
  parent = path.join(folder, "parent.mjs");
  const watching = `import { onParentGone } from ${JSON.stringify(path.join(import.meta.dirname, "parent.ts"))};
    onParentGone(() => process.exit(0));
    console.log(process.pid);
    setTimeout(() => process.exit(9), 10_000);`;
  await build({ stdin: { contents: watching, resolveDir: import.meta.dirname }, bundle: true, platform: "node", format: "esm", outfile: child });
  const starting = `import { spawn } from "node:child_process"; spawn(process.execPath, [${JSON.stringify(child)}], { stdio: "inherit" }); setInterval(() => {}, 1000);`;
  await build({ stdin: { contents: starting }, outfile: parent });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a closed channel is a parent that is gone", async () => {
  const watching = fork(child, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  if (watching.stdout) await once(watching.stdout, "data");
  watching.disconnect();
  expect(await once(watching, "exit")).toEqual([0, null]);
});

test("a parent that was killed is noticed without a channel, soon", async () => {
  const between = spawn(process.execPath, [parent], { stdio: ["ignore", "pipe", "inherit"] });
  await once(between.stdout, "data");
  between.stdout.resume();
  // Held open by the child alone, once its parent is dead. A process id would not tell: an orphan may stay behind as a zombie.
  const closed = once(between.stdout, "end");
  between.kill("SIGKILL");
  await once(between, "exit");
  const killed = performance.now();
  await closed;
  expect(performance.now() - killed).toBeLessThan(4000);
});
