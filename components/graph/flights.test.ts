import { describe, expect, test } from "vitest";
import type { Call } from "@/lib/mesh/calls";
import { createAir } from "./air";
import { createFlightQueue, FLIGHT_GAP_MS, toRoute } from "./flights";
import { labEdges, labMesh, labNodes, lock, mesh } from "./testdata/lab";

function call(more: Partial<Call> = {}): Call {
  return {
    id: 1,
    runId: null,
    caller: "gateway",
    callerName: "127.0.0.1:443",
    target: "istioinaction/web-api",
    startedAt: 0,
    endedAt: 12,
    latencyMs: 12,
    newConnection: true,
    outcome: "served",
    httpCode: 200,
    curlExit: null,
    message: null,
    encryption: "not-measured",
    evidence: [],
    path: ["web-api", "recommendation", "purchase-history"].map((name) => ({ name, code: 200, durationMs: 1 })),
    logLine: null,
    ...more,
  };
}

const legs = (one: Call, graph = labMesh()) => toRoute(one, graph)?.legs.map((leg) => [leg.edge, leg.kind]);

describe("a call's way", () => {
  test("through the gateway along the path its answer names", () => {
    expect(legs(call())).toEqual([
      ["e:you>gateway", "answered"],
      ["e:gateway>web-api", "mutual-tls"],
      ["e:web-api>recommendation", "mutual-tls"],
      ["e:recommendation>purchase-history", "mutual-tls"],
    ]);
  });

  test("an answer alone proves nothing: no ring where the line was not measured", () => {
    const graph = mesh(
      labNodes(),
      labEdges().map((edge) => ({ ...edge, lock: lock("not-measured") })),
    );
    expect(legs(call(), graph)?.map(([, kind]) => kind)).toEqual(["answered", "answered", "answered", "answered"]);
    expect(legs(call({ encryption: "mutual-tls" }), graph)?.[1]).toEqual(["e:gateway>web-api", "mutual-tls"]);
  });

  test("a refused one ends on its first line, however long its path was", () => {
    expect(legs(call({ caller: "without-sidecar", callerName: "default/sleep", outcome: "refused", encryption: "plaintext" }))).toEqual([
      ["e:naked>web-api", "refused"],
    ]);
  });

  test("plaintext is hollow on its own hop only", () => {
    expect(legs(call({ caller: "without-sidecar", callerName: "default/sleep", encryption: "plaintext" }))?.map(([, kind]) => kind)).toEqual([
      "plaintext",
      "mutual-tls",
      "mutual-tls",
    ]);
  });

  test("fails where the path broke", () => {
    const broken = call({
      outcome: "failed",
      httpCode: 500,
      path: [
        { name: "web-api", code: 500, durationMs: 1 },
        { name: "recommendation", code: -1, durationMs: null },
      ],
    });
    expect(legs(broken)?.map(([, kind]) => kind)).toEqual(["answered", "mutual-tls", "failed"]);
  });

  test("without a drawn line it goes from node to node; without its nodes it does not fly", () => {
    expect(toRoute(call({ path: [] }), mesh(labNodes(), []))?.legs).toMatchObject([
      { edge: null, from: "n:you", to: "n:gateway" },
      { edge: null, from: "n:gateway", to: "n:web-api" },
    ]);
    expect(toRoute(call(), mesh([], []))).toBeNull();
    expect(toRoute(call({ outcome: "cancelled" }), labMesh())).toBeNull();
  });
});

describe("the queue", () => {
  test("lets calls go one by one, at least 150 ms apart", () => {
    const queue = createFlightQueue();
    for (let id = 1; id <= 5; id++) queue.add(call({ id }));
    const times: number[] = [];
    for (let now = 1000; now < 3000; now += 10) if (queue.next(now)) times.push(now);
    expect(times).toHaveLength(5);
    times.slice(1).forEach((time, index) => {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(FLIGHT_GAP_MS);
    });
  });

  test("serves the callers in turn, so that a refused one is not buried under the gateway's stream", () => {
    const queue = createFlightQueue();
    for (let id = 1; id <= 200; id++) queue.add(call({ id }));
    queue.add(call({ id: 999, caller: "without-sidecar", outcome: "refused" }));
    const first = [queue.next(1000)?.id, queue.next(2000)?.id];
    expect(first).toContain(999);
    expect(queue.waiting).toBeLessThan(20);
  });
});

describe("in the air", () => {
  const lengths = new Map([["refused", 60]]);
  const create = () => createAir({ speed: 100, toRoute: (one) => toRoute(one, labMesh()), toLength: (leg) => lengths.get(leg.kind) ?? 100 });
  const where = (air: ReturnType<typeof create>) => {
    const seen: [string | null, number, number][] = [];
    air.forEach((leg, distance, _kind, fade) => {
      seen.push([leg.edge, Math.round(distance), fade]);
    });
    return seen;
  };

  test("flies leg by leg and is gone at the end", () => {
    const air = create();
    air.add(call());
    const edges = new Set<string | null>();
    let now = 0;
    air.step(16, now);
    expect(air.flying).toBe(1);
    for (; now < 10_000; now += 16) {
      air.step(16, now);
      for (const [edge] of where(air)) edges.add(edge);
    }
    expect([...edges]).toEqual(["e:you>gateway", "e:gateway>web-api", "e:web-api>recommendation", "e:recommendation>purchase-history"]);
    expect(air.flying + air.waiting).toBe(0);
  });

  test("a refused one stops at the lock, waits there and fades", () => {
    const air = create();
    air.add(call({ caller: "without-sidecar", callerName: "default/sleep", outcome: "refused" }));
    let farthest = 0;
    let now = 0;
    const fades: number[] = [];
    for (; now < 1500; now += 16) {
      air.step(16, now);
      for (const [, distance, fade] of where(air)) {
        farthest = Math.max(farthest, distance);
        fades.push(fade);
      }
    }
    expect(farthest).toBe(60);
    for (; now < 4000; now += 16) {
      air.step(16, now);
      for (const [, , fade] of where(air)) fades.push(fade);
    }
    expect(Math.min(...fades)).toBeLessThan(0.2);
    expect(air.flying).toBe(0);
  });
});
