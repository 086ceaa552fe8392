import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const CHUNK_PADDING = "x".repeat(1000);

/** A pod as an API server sends it: with everything that injection, the kubelet and managed fields add to it, about `kilobytes` KB. */
export function toWirePod(index: number, kilobytes: number): object {
  const workload = index % 2000;
  const name = `app-${workload}-6d4cf56db6-${String(index).padStart(5, "0")}`;
  return {
    metadata: {
      name,
      namespace: `ns-${workload % 200}`,
      uid: `uid-of-${name}`,
      resourceVersion: String(1000 + index),
      creationTimestamp: "2026-11-24T16:34:14Z",
      labels: { app: `app-${workload}`, version: "v1", "pod-template-hash": "6d4cf56db6", "security.istio.io/tlsMode": "istio" },
      annotations: Object.fromEntries(Array.from({ length: kilobytes }, (_, line) => [`padding-${line}`, CHUNK_PADDING])),
      ownerReferences: [{ kind: "ReplicaSet", name: `app-${workload}-6d4cf56db6`, controller: true }],
    },
    spec: {
      serviceAccountName: `app-${workload}`,
      containers: [
        { name: "app", image: "app", ports: [{ containerPort: 8080 }] },
        { name: "istio-proxy", image: "proxyv2", ports: [{ containerPort: 15090 }] },
      ],
    },
    status: { phase: "Running", podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`, conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** Serves `count` pods in pages as an API server does, and then a watch that stays open. */
export async function startPodServer({ count, kilobytes }: { count: number; kilobytes: number }) {
  const lists: { limit: number; from: number }[] = [];
  let sentBytes = 0;
  const watches = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://pods");
    response.writeHead(200, { "content-type": "application/json" });
    if (url.searchParams.get("watch") === "true") {
      watches.add(response);
      response.flushHeaders();
      return;
    }
    const from = Number(url.searchParams.get("continue") ?? 0);
    const limit = Number(url.searchParams.get("limit") ?? count);
    lists.push({ limit, from });
    const end = Math.min(count, from + limit);
    const items = Array.from({ length: end - from }, (_, index) => toWirePod(from + index, kilobytes));
    const text = JSON.stringify({ kind: "PodList", metadata: { resourceVersion: "9000", continue: end < count ? String(end) : "" }, items });
    sentBytes += text.length;
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lists,
    get sentBytes() {
      return sentBytes;
    },
    get openWatches() {
      return watches.size;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
