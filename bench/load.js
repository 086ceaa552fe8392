// `npm run bench:load`: the lab's load at its cap, 200 requests/s for 60 s through the gateway, in both connection modes, with everything on this
// machine. Prints rate error, latency percentiles from the intended start, and the lab's memory over the run.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RATE = 200;
const SECONDS = Number(process.argv[2] ?? 60);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const folder = await mkdtemp(path.join(tmpdir(), "padlock-bench-"));
const launcher = spawn(process.execPath, ["bin/padlock.js", "--port", "4780", "--lab", folder], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
const url = await new Promise((resolve, reject) => {
  let output = "";
  launcher.stdout.on("data", (chunk) => {
    output += chunk;
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
    if (found !== null) resolve(found[0]);
  });
  launcher.once("exit", () => reject(new Error(`Padlock did not start:\n${output}`)));
});

const post = (address, body) => fetch(url + address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const readState = async () => (await fetch(`${url}/api/state?namespaces=istioinaction&window=60`)).json();
const readRun = async () => (await readState()).run;

/** Resident memory of the lab's process, MB. */
async function readLabMemory() {
  const children = (await readFile(`/proc/${launcher.pid}/task/${launcher.pid}/children`, "utf8")).trim().split(" ");
  for (const pid of children) {
    if (!(await readFile(`/proc/${pid}/cmdline`, "utf8")).includes("lab.js")) continue;
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))[1]) / 1024);
  }
  return Number.NaN;
}

try {
  for (let tries = 0; (await readState()).sources.gateway.state !== "ok"; tries++) {
    if (tries > 100) throw new Error("The gateway was not found.");
    await sleep(100);
  }
  console.log(`load average at the start: ${loadavg()[0].toFixed(1)}`);
  for (const connection of ["keep-alive", "new"]) {
    const started = await post("/api/runs", { kind: "calls", page: "bench-load", count: RATE * SECONDS, rate: RATE, connection });
    if (!started.ok) throw new Error(await started.text());
    const memory = [];
    let run = await readRun();
    while (run.current !== null) {
      await sleep(5_000);
      memory.push(await readLabMemory());
      run = await readRun();
    }
    const { sent, byCaller, latency, achievedRate } = run.last;
    const error = ((achievedRate / RATE - 1) * 100).toFixed(3);
    console.log(
      `${connection.padEnd(10)} sent ${sent}, served ${byCaller.gateway.served}, rate error ${error} % (target ≤ 0.5), ` +
        `p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, lab memory ${memory.join(" ")} MB`,
    );
  }
} finally {
  launcher.kill("SIGTERM");
  await new Promise((resolve) => launcher.once("exit", resolve));
  await rm(folder, { recursive: true, force: true });
}
