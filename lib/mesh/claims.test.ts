import { expect, test } from "vitest";
import { aggregateLocks } from "./aggregate-locks";
import { assembleGraph } from "./assemble-graph";
import type { Call } from "./calls";
import { decideEdgeLock } from "./edge-lock";
import type { GraphInput } from "./graph-input";
import type { Lock } from "./lock";
import type { ObservedEdge, ObservedNode } from "./observed";
import { toPosture } from "./posture";
import { BARE, call, facts, MESHED, mutualCall, NOW, observed, plaintextCall, refusedCall } from "./testdata/edge";
import { lab, node, seen } from "./testdata/graph";
import { policy, rule } from "./testdata/objects";
import { toLockSentence, toLockWord } from "./words";

/** Random literals from a fixed seed (mulberry32): the same on every run. */
function createRandom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = <T>(...choices: [T, ...T[]]): T => choices[Math.floor(next() * choices.length)] ?? choices[0];
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: Math.floor(next() * (most + 1)) }, make);
  return { next, pick, some };
}
type Random = ReturnType<typeof createRandom>;

const NAMES = [
  "istioinaction/web-api",
  "istioinaction/recommendation",
  "istioinaction/sleep",
  "default/sleep",
  "istio-system/istio-ingressgateway",
  "istioinaction/__proto__",
  "x/y",
  "lonely",
] as const;

function randomEdge({ next, pick }: Random): ObservedEdge {
  const principal = () => pick<string | null>(null, "unknown", "spiffe://cluster.local/ns/x/sa/y", "");
  return observed({
    id: pick("a", "b", "c", String(next())),
    source: pick<string>("unknown/unknown", "nobody", ...NAMES),
    target: pick<string>("unknown/unknown", ...NAMES),
    protocol: pick("http", "grpc", "tcp"),
    rate: pick(0, next(), 100 * next(), Number.NaN, -1, Number.POSITIVE_INFINITY),
    mtlsPercent: pick<number | null>(null, 0, 100, 100 * next(), 150, -3, Number.NaN),
    sourcePrincipal: principal(),
    destinationPrincipal: principal(),
    codes: pick<Record<string, number>>({}, { 200: 1 }, JSON.parse('{"__proto__": 1, "-": 2}')),
    errorPercent: pick<number | null>(null, 0, 50),
  });
}

function randomCall({ next, pick }: Random): Call {
  const make = pick(call, plaintextCall, mutualCall, refusedCall);
  return make(70 * next(), {
    newConnection: pick(true, true, true, false),
    caller: pick("gateway", "with-sidecar", "without-sidecar"),
    callerName: pick<string>("127.0.0.1:443", ...NAMES),
    target: pick<string>(...NAMES),
    path: pick(
      [],
      [
        { name: "web-api", code: 200, durationMs: 1 },
        { name: "recommendation", code: pick(200, 503, -1), durationMs: null, depth: pick(0, 1, 7, -2, 0.5) },
      ],
    ),
    evidence: pick(make(1).evidence, []),
  });
}

function randomNode({ pick }: Random, id: string): ObservedNode {
  const kind = pick("workload", "workload", "workload", "app", "service", "unknown", "other");
  return node(id, {
    kind,
    cluster: pick("Kubernetes", "east", "unknown"),
    service: pick(null, "web-api"),
    workload: pick(id.split("/")[1] ?? null, null),
    isOutOfMesh: pick(true, false),
    isGateway: pick(true, false),
  });
}

function check(lock: Lock): void {
  if (lock.state !== "not-measured") expect(lock.evidence.length).toBeGreaterThan(0);
  if (lock.state === "mutual-tls") expect(lock.percent).toBe(100);
  if (lock.state === "mixed") {
    expect(lock.percent).toBeGreaterThanOrEqual(0);
    expect(lock.percent).toBeLessThan(100);
  }
  if (lock.state === "refused") expect(lock.refused).toBeGreaterThan(0);
  if (lock.state !== "mutual-tls") expect(lock.reason?.text.length).toBeGreaterThan(0);
  expect(toLockWord(lock)).not.toMatch(/NaN|undefined|null/);
  expect(toLockSentence(lock, NOW)).not.toMatch(/NaN|undefined|Invalid/);
}

test("one line, whatever is told of it: no lock without evidence, no closed lock from nonsense or over plaintext we just met", () => {
  const random = createRandom(1);
  const states = new Set<string>();
  for (let round = 0; round < 4_000; round++) {
    const { next, pick, some } = random;
    const calls = some(5, () => randomCall(random));
    const edge = pick<ObservedEdge | null>(null, randomEdge(random));
    const lock = decideEdgeLock(
      facts({
        caller: pick(BARE, MESHED),
        observer: pick(
          { state: "ok", reason: null },
          { state: "ok", reason: null },
          { state: "stale", reason: "old." },
          { state: "down", reason: null },
          { state: "connecting", reason: null },
        ),
        dataAt: pick<number | null>(null, NOW - 60_000 * next(), NOW - 2_000),
        observed: edge,
        calls,
        passed: Math.floor(3 * next()),
        lastChangeAt: pick<number | null>(null, NOW - 90_000 * next()),
        client: null,
      }),
    );
    check(lock);
    states.add(lock.state);
    if (lock.state === "mutual-tls") {
      const telling = calls.filter(
        ({ newConnection, outcome, encryption, evidence, startedAt }) =>
          newConnection && outcome === "served" && encryption !== "not-measured" && evidence.length > 0 && startedAt >= NOW - 60_000,
      );
      const [newest] = telling.toSorted((a, b) => b.startedAt - a.startedAt);
      expect(newest?.encryption ?? "none").not.toBe("plaintext");
    }
    if (edge !== null && edge.mtlsPercent !== 100 && !calls.some(({ encryption, evidence }) => encryption === "mutual-tls" && evidence.length > 0))
      expect(lock.state).not.toBe("mutual-tls");
  }
  expect([...states].toSorted()).toEqual(["mixed", "mutual-tls", "not-measured", "plaintext", "refused"]);
});

test("whole graphs from anything: nothing throws, ends are there, every lock keeps the rules", () => {
  const random = createRandom(2);
  for (let round = 0; round < 300; round++) {
    const { next, pick, some } = random;
    const mode = () => pick<"STRICT" | "PERMISSIVE" | "DISABLE" | "UNSET" | null>("STRICT", "PERMISSIVE", "DISABLE", "UNSET", null);
    const given: Partial<GraphInput> = {
      view: { namespaces: pick<string[]>([], ["istioinaction"], ["istioinaction", "x", "nowhere"]), windowSeconds: pick(30, 60, 900) },
      workloads: pick(lab().workloads, []),
      services: pick(lab().services, []),
      policies: pick(
        null,
        some(4, () =>
          policy({
            namespace: pick("istio-system", "istioinaction", "x"),
            name: `p${next()}`,
            mode: mode(),
            selector: pick<Record<string, string> | null>(null, { app: "web-api" }),
            ports: pick<Record<number, "DISABLE">>({}, { 8081: "DISABLE" }),
          }),
        ),
      ),
      destinationRules: pick(
        null,
        some(3, () =>
          rule({
            namespace: pick("istio-system", "istioinaction"),
            name: `r${next()}`,
            host: pick("*", "web-api", "*.local", ""),
            tls: pick(null, { mode: pick("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL") }),
          }),
        ),
      ),
      observed: pick(
        null,
        seen(
          ["unknown/unknown", ...NAMES].map((id) => randomNode(random, id)),
          some(12, () => randomEdge(random)),
          { dataAt: NOW - 200_000 * next() },
        ),
      ),
      kiali: pick({ state: "ok", reason: null }, { state: "down", reason: "gone." }),
      calls: some(20, () => randomCall(random)),
      callers: {
        gateway: pick(null, "istio-system/istio-ingressgateway", "odd"),
        "with-sidecar": pick(null, "istioinaction/sleep"),
        "without-sidecar": pick(null, "default/sleep", "gone/away"),
      },
      checkTimesByTarget: new Map([["istioinaction/web-api", some(5, () => NOW - 60_000 * next())]]),
      lastChangeByNamespace: new Map(pick([], [["istioinaction", NOW - 60_000 * next()]])),
      scrapeSeconds: pick(1, 15),
    };
    const graph = assembleGraph(lab(given));
    const ids = graph.nodes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(graph.edges.map(({ id }) => id)).size).toBe(graph.edges.length);
    for (const { source, target } of graph.edges) expect(ids).toEqual(expect.arrayContaining([source, target]));
    for (const { lock } of [...graph.nodes, ...graph.edges, ...graph.namespaces]) check(lock);
    for (const { name } of graph.namespaces) expect(toPosture(graph, name).facts.length).toBeGreaterThan(0);
    for (const { health } of graph.edges) expect(Number.isFinite(health.rate)).toBe(true);
    expect(graph.empty === null || graph.edges.every(({ health, own }) => !(health.rate > 0) && own.served + own.failed + own.refused === 0)).toBe(true);
  }
});

test("sums of any locks keep the rules, and are closed only when all measured traffic is", () => {
  const random = createRandom(3);
  for (let round = 0; round < 2_000; round++) {
    const { next, pick, some } = random;
    const locks = some(6, () => decideEdgeLock(facts({ observed: randomEdge(random), calls: some(2, () => randomCall(random)) })));
    const sum = aggregateLocks(
      locks,
      locks.map(() => pick(0, next(), Number.NaN)),
    );
    if (locks.length > 0) check(sum);
    if (locks.some(({ state }) => state === "plaintext" || state === "mixed")) expect(sum.state === "mutual-tls").toBe(false);
    if (locks.every(({ state }) => state === "not-measured")) expect(sum.state).toBe("not-measured");
  }
});
