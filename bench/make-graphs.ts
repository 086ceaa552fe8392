import { mkdir, writeFile } from "node:fs/promises";
import { GRAPH_FOLDER, GRAPH_SIZES } from "./graph-files";

/**
 * Writes the fixed graphs in Kiali's form (`GET /api/namespaces/graph`, elements): a tree in which each workload calls up to four, and random edges
 * forward until the number is reached. All mutual TLS, 1–21 requests/s an edge. The seed makes them the same wherever they are made.
 */
const SEED = 20_260_801;
const FANOUT = 4;
const WORKLOADS_A_NAMESPACE = 100;
/** Kiali's answers of one window, epoch seconds. */
const TIMESTAMP = 1_764_000_000;
const WINDOW_SECONDS = 60;

/** Numbers in [0, 1), mulberry32 (public domain). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function toPairs(nodes: number, edges: number, random: () => number): [number, number][] {
  const pairs = new Map<string, [number, number]>();
  const add = (source: number, target: number) => pairs.set(`${source}>${target}`, [source, target]);
  for (let node = 1; node < nodes; node++) add(Math.floor((node - 1) / FANOUT), node);
  while (pairs.size < edges) {
    const source = Math.floor(random() * (nodes - 1));
    add(source, source + 1 + Math.floor(random() * (nodes - 1 - source)));
  }
  return [...pairs.values()];
}

function toGraphFile(nodes: number, edges: number): string {
  const random = createRandom(SEED + nodes);
  const nameOf = (node: number) => `service-${node}`;
  const namespaceOf = (node: number) => `bench-${Math.floor(node / WORKLOADS_A_NAMESPACE)}`;
  const principalOf = (node: number) => `spiffe://cluster.local/ns/${namespaceOf(node)}/sa/${nameOf(node)}`;
  const nodeLines = Array.from({ length: nodes }, (_, node) => ({
    data: {
      id: `n${node}`,
      nodeType: "workload",
      cluster: "Kubernetes",
      namespace: namespaceOf(node),
      workload: nameOf(node),
      app: nameOf(node),
      version: "v1",
    },
  }));
  const edgeLines = toPairs(nodes, edges, random).map(([source, target], index) => ({
    data: {
      id: `e${index}`,
      source: `n${source}`,
      target: `n${target}`,
      destPrincipal: principalOf(target),
      sourcePrincipal: principalOf(source),
      isMTLS: "100",
      responseTime: String(2 + Math.floor(random() * 40)),
      traffic: {
        protocol: "http",
        rates: { http: (1 + random() * 20).toFixed(2), httpPercentReq: "100.0" },
        responses: { "200": { flags: { "-": "100.0" }, hosts: { [`${nameOf(target)}.${namespaceOf(target)}.svc.cluster.local`]: "100.0" } } },
      },
    },
  }));
  const list = (entries: object[]) => `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]`;
  return `{"timestamp":${TIMESTAMP},"duration":${WINDOW_SECONDS},"graphType":"workload","elements":{"nodes":${list(nodeLines)},"edges":${list(edgeLines)}}}\n`;
}

await mkdir(GRAPH_FOLDER, { recursive: true });
for (const [nodes, edges] of GRAPH_SIZES) {
  // A tree of eleven has ten edges: the eleventh is a random one, as in the others.
  await writeFile(`${GRAPH_FOLDER}${nodes}-${edges}.json`, toGraphFile(nodes, edges));
}
console.log(`${GRAPH_SIZES.length} graphs in ${GRAPH_FOLDER}`);
