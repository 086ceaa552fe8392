import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { connectKubernetes, type KubernetesConnection, MAX_LIST_BYTES } from "./connect";
import { type Pod, toPod, toWorkloads } from "./pod-objects";
import { startPodServer } from "./testdata/pod-server";
import { endAll, endings, until } from "./testdata/watch-harness";
import { watchObjects } from "./watch";

afterEach(endAll);

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

async function follow(given: { count: number; kilobytes: number }) {
  const server = await startPodServer(given);
  endings.push(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), "padlock-size-"));
  const kubeconfigPath = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfigPath,
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server: server.url } }],
    }),
    { mode: 0o600 },
  );
  const connection: KubernetesConnection = await connectKubernetes({ kubeconfigPath });
  endings.push(async () => {
    await connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const stop = new AbortController();
  const seen = { pods: [] as readonly Pod[], calls: 0 };
  const done = watchObjects<Pod>({
    connection,
    kind: "Pod",
    path: "/api/v1/pods",
    toDomain: toPod,
    onChange(items) {
      seen.pods = [...items.values()];
      seen.calls += 1;
    },
    onState: () => undefined,
    signal: stop.signal,
  });
  endings.push(() => {
    stop.abort();
    return done;
  });
  return { server, seen };
}

test("5,000 pods come in ten pages, are told once, and little is kept of them", async () => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const { server, seen } = await follow({ count: 5000, kilobytes: 12 });
  await until(() => seen.pods.length === 5000 && server.openWatches === 1, 60_000);
  expect(seen.calls).toBe(1);
  expect(server.lists).toEqual(Array.from({ length: 10 }, (_, page) => ({ limit: 500, from: page * 500 })));
  const workloads = toWorkloads(seen.pods);
  expect(workloads).toHaveLength(2000);
  expect(workloads.every(({ sidecar, pods }) => sidecar === "sidecar" && pods.length >= 2)).toBe(true);
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  // About 65 MB came; what is kept of a pod is its names, labels and addresses.
  expect(server.sentBytes).toBeGreaterThan(60_000_000);
  expect(kept).toBeLessThan(server.sentBytes / 3);
  expect(kept / 5000).toBeLessThan(4000);
}, 90_000);

test("pages that are too large to be read are asked for again in halves", async () => {
  const { server, seen } = await follow({ count: 700, kilobytes: 50 });
  await until(() => seen.pods.length === 700, 30_000);
  expect(500 * 50_000).toBeGreaterThan(MAX_LIST_BYTES);
  expect(server.lists).toEqual([
    { limit: 500, from: 0 },
    { limit: 250, from: 0 },
    { limit: 250, from: 250 },
    { limit: 250, from: 500 },
  ]);
}, 60_000);
