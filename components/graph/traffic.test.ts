import { describe, expect, test } from "vitest";
import { toPath } from "./geometry";
import type { EdgeFlow } from "./model";
import { createTraffic, type DotKind, MAX_DOTS, type Traffic, type TrafficEdge, toDotRates } from "./traffic";

const box = (x: number) => ({ x, y: 0, width: 100, height: 40 });
const flow = (more: Partial<EdgeFlow> = {}): EdgeFlow => ({ rate: 1, tcp: false, errors: 0, mutualTls: 1, refused: 0, ...more });
const line = (key: string, more: Partial<EdgeFlow> = {}, length = 400): TrafficEdge => ({ key, path: toPath(box(0), box(length + 100), 0), flow: flow(more) });

function kinds(traffic: Traffic): Record<DotKind, number> {
  const count: Record<DotKind, number> = { "mutual-tls": 0, plaintext: 0, answered: 0, failed: 0, refused: 0 };
  traffic.forEach((_edge, _distance, kind) => {
    count[kind]++;
  });
  return count;
}

/** Kinds of the next `dots` dots that set out. */
function emitted(more: Partial<EdgeFlow>, dots: number): Record<DotKind, number> {
  const traffic = createTraffic(100);
  const sum: Record<DotKind, number> = { "mutual-tls": 0, plaintext: 0, answered: 0, failed: 0, refused: 0 };
  // A line shorter than a step's way holds each dot for one look at most.
  traffic.setEdges([line("a", { ...more, rate: 1 }, 30)]);
  traffic.step(250);
  for (let seen = 0; seen < dots; ) {
    traffic.step(200);
    traffic.forEach((_edge, distance, kind) => {
      if (distance >= 20) return;
      sum[kind]++;
      seen++;
    });
  }
  return sum;
}

describe("density", () => {
  test("one request is one dot until the busiest line reaches the most; then all are scaled alike, in whatever order they come", () => {
    expect(toDotRates([flow({ rate: 1 }), flow({ rate: 2 })])).toEqual([1, 2]);
    const [few, many] = toDotRates([flow({ rate: 50 }), flow({ rate: 100 })]);
    expect((many ?? 0) / (few ?? 1)).toBeCloseTo(2, 6);
    expect(toDotRates([flow({ rate: 100 }), flow({ rate: 50 })])).toEqual([many, few]);
  });

  test("no traffic, no dots; a little traffic is seen", () => {
    expect(toDotRates([flow({ rate: 0 }), flow({ rate: 0.001 }), flow({ rate: 1_000_000 })])[0]).toBe(0);
    expect(toDotRates([flow({ rate: 0.001 })])[0]).toBeGreaterThan(0.1);
  });

  test("a line that begins to flow shows its density at once and keeps it", () => {
    const traffic = createTraffic(100);
    traffic.setEdges([line("a", { rate: 2 })]);
    const atOnce = traffic.count;
    expect(atOnce).toBeGreaterThanOrEqual(7);
    for (let step = 0; step < 600; step++) traffic.step(16);
    expect(Math.abs(traffic.count - atOnce)).toBeLessThanOrEqual(1);
  });

  test("is read anew at each update, and dots under way go on", () => {
    const traffic = createTraffic(100);
    traffic.setEdges([line("a", { rate: 1 })]);
    const places = () => {
      const found: number[] = [];
      traffic.forEach((_edge, distance) => {
        found.push(distance);
      });
      return found;
    };
    const before = places();
    traffic.setEdges([line("a", { rate: 3 })]);
    expect(places()).toEqual(before);
    for (let step = 0; step < 400; step++) traffic.step(16);
    expect(traffic.count).toBeGreaterThanOrEqual(11);
    traffic.setEdges([line("a", { rate: 0 })]);
    expect(traffic.count).toBe(0);
    expect(traffic.flows).toBe(false);
  });

  test("never exceeds the cap, with a thousand busy lines", () => {
    const traffic = createTraffic(84);
    traffic.setEdges(Array.from({ length: 1000 }, (_, index) => line(`e${index}`, { rate: 1000 }, 2000)));
    for (let step = 0; step < 200; step++) traffic.step(16);
    expect(traffic.count).toBeLessThanOrEqual(MAX_DOTS);
    expect(traffic.count).toBeGreaterThan(MAX_DOTS / 2);
  });
});

describe("kinds come in their exact shares", () => {
  test("all mutual TLS is ringed, none is hollow, not measured is neither", () => {
    expect(emitted({ mutualTls: 1 }, 20)["mutual-tls"]).toBe(20);
    expect(emitted({ mutualTls: 0 }, 20).plaintext).toBe(20);
    expect(emitted({ mutualTls: null }, 20).answered).toBe(20);
  });

  test("73 % and 12 % errors", () => {
    const mixed = emitted({ mutualTls: 0.73 }, 100);
    expect(Math.abs(mixed["mutual-tls"] - 73)).toBeLessThanOrEqual(1);
    expect(mixed["mutual-tls"] + mixed.plaintext).toBe(100);
    expect(Math.abs(emitted({ errors: 0.12 }, 100).failed - 12)).toBeLessThanOrEqual(1);
  });
});

test("all dots move at one speed, and a long pause is no leap", () => {
  const traffic = createTraffic(100);
  traffic.setEdges([line("a", { rate: 1 }, 1000)]);
  const first = () => {
    let least = Infinity;
    traffic.forEach((_edge, distance) => {
      least = Math.min(least, distance);
    });
    return least;
  };
  const before = first();
  traffic.step(100);
  expect(first() - before).toBeCloseTo(10, 3);
  const count = traffic.count;
  traffic.step(3_600_000);
  expect(Math.abs(traffic.count - count)).toBeLessThanOrEqual(1);
});

test("a line that is gone takes its dots along; the others keep theirs", () => {
  const traffic = createTraffic(100);
  traffic.setEdges([line("a", { mutualTls: 0 }), line("b")]);
  const ringed = kinds(traffic)["mutual-tls"];
  traffic.setEdges([line("b")]);
  expect(kinds(traffic)).toMatchObject({ plaintext: 0, "mutual-tls": ringed });
});

test("a picture that is fitted after its first drawing still shows as many dots as it may", () => {
  const traffic = createTraffic(84);
  traffic.setEdges(Array.from({ length: 1000 }, (_, index) => line(`e${index}`, { rate: 10 }, 4000)));
  traffic.setSpeed(840);
  for (let turn = 0; turn < 120; turn++) traffic.step(250);
  expect(traffic.count).toBeGreaterThan(MAX_DOTS * 0.9);
});

test("a lower limit takes dots away at once and thins all lines alike; a higher one lets them come back", () => {
  const traffic = createTraffic(50);
  traffic.setEdges(Array.from({ length: 100 }, (_, index) => line(String(index))));
  const all = traffic.count;
  traffic.setLimit(Math.floor(all / 4));
  expect(traffic.count).toBeLessThanOrEqual(all / 4);
  for (let step = 0; step < 600; step++) traffic.step(16);
  expect(traffic.count).toBeLessThanOrEqual(all / 4);
  const lines = new Set<string>();
  for (let step = 0; step < 600; step++) {
    traffic.step(16);
    traffic.forEach((edge) => {
      lines.add(edge.key);
    });
  }
  expect(lines.size).toBe(100);
  traffic.setLimit(5000);
  for (let step = 0; step < 1200; step++) traffic.step(16);
  expect(traffic.count).toBeGreaterThan(all / 2);
});
