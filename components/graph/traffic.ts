import type { EdgePath } from "./geometry";
import type { EdgeFlow } from "./model";

/**
 * The dots of all traffic: constant speed, density from the rate, never more than a hard cap. Pure state, stepped by the overlay's clock; painting is elsewhere.
 */
export const DOT_KINDS = ["mutual-tls", "plaintext", "answered", "failed", "refused"] as const;
export type DotKind = (typeof DOT_KINDS)[number];

export interface TrafficEdge {
  key: string;
  path: EdgePath;
  flow: EdgeFlow;
  /** Its line steps back; absent = it does not. */
  quiet?: boolean;
}

export interface Traffic {
  /** Takes a new snapshot; dots under way go on, each edge's density follows its new rate. */
  setEdges(edges: TrafficEdge[]): void;
  /** Model units a second; density in space follows with the dots to come. */
  setSpeed(speed: number): void;
  /** So many dots at most from now on, up to `MAX_DOTS`; all lines are thinned alike. */
  setLimit(limit: number): void;
  /** Moves everything on by milliseconds. */
  step(elapsed: number): void;
  forEach(visit: (edge: TrafficEdge, distance: number, kind: DotKind) => void): void;
  readonly count: number;
  /** Whether any edge has traffic at all. */
  readonly flows: boolean;
}

export const MAX_DOTS = 1200;
/** Dots a second on the busiest line; the others in proportion, so that two lines can be compared whatever their rates. */
const MOST_PER_SECOND = 3.2;
/** A line with any traffic shows a dot at least this often. */
const LEAST_PER_SECOND = 0.16;
/** Kiali gives bytes/s for TCP; so many count as one request. */
const BYTES_PER_DOT = 512;

interface Lane {
  edge: TrafficEdge;
  /** Dots a second, as its traffic asks, and as many as the cap leaves of them. */
  wanted: number;
  rate: number;
  /** Share of the next dot that is due, and of the next failed and the next mutual-TLS one: shares come out exactly, without dice. */
  due: number;
  failedDue: number;
  mutualDue: number;
}

/** Dots a second for each flow: 1 request = 1 dot until the busiest line reaches the most, then all scaled alike from that maximum. */
export function toDotRates(flows: EdgeFlow[]): number[] {
  const rates = flows.map((flow) => (flow.tcp ? flow.rate / BYTES_PER_DOT : flow.rate));
  const most = rates.reduce((max, rate) => Math.max(max, rate), 0);
  const scale = most > MOST_PER_SECOND ? MOST_PER_SECOND / most : 1;
  return rates.map((rate) => (rate > 0 ? Math.max(LEAST_PER_SECOND, rate * scale) : 0));
}

/** @param initialSpeed model units a second */
export function createTraffic(initialSpeed: number): Traffic {
  let speed = initialSpeed;
  let lanes: Lane[] = [];
  const owner = new Uint32Array(MAX_DOTS);
  const distance = new Float32Array(MAX_DOTS);
  const kind = new Uint8Array(MAX_DOTS);
  let count = 0;
  let limit = MAX_DOTS;

  /** Never more dots than the cap, whatever speed and lengths: how many are under way at once depends on both. */
  function keepToCap(): void {
    const expected = lanes.reduce((sum, { wanted, edge }) => sum + (wanted * edge.path.length) / speed, 0);
    const thin = expected > limit ? limit / expected : 1;
    for (const lane of lanes) lane.rate = lane.wanted * thin;
  }

  function emit(lane: Lane, index: number, at: number): void {
    if (count >= limit) return;
    owner[count] = index;
    distance[count] = at;
    kind[count] = DOT_KINDS.indexOf(nextKind(lane));
    count++;
  }

  function removeAt(index: number): void {
    count--;
    owner[index] = owner[count] as number;
    distance[index] = distance[count] as number;
    kind[index] = kind[count] as number;
  }

  /** A line that begins to flow shows its density at once instead of filling up from its start. */
  function seed(lane: Lane, index: number): void {
    const spacing = speed / lane.rate;
    for (let at = lane.edge.path.length - spacing * (0.3 + 0.5 * toPhase(lane.edge.key)); at > 0; at -= spacing) emit(lane, index, at);
    lane.due = 1 - Math.min(1, toPhase(lane.edge.key));
  }

  return {
    setEdges(edges) {
      const rates = toDotRates(edges.map((edge) => edge.flow));
      const old = new Map(lanes.map((lane, index) => [lane.edge.key, { lane, index }]));
      const moved = new Map<number, number>();
      const before = lanes;
      lanes = edges.map((edge, index) => {
        const known = old.get(edge.key);
        if (known) moved.set(known.index, index);
        return {
          edge,
          wanted: rates[index] ?? 0,
          rate: 0,
          due: known?.lane.due ?? 0,
          failedDue: known?.lane.failedDue ?? 0,
          mutualDue: known?.lane.mutualDue ?? 0,
        };
      });
      keepToCap();
      for (let index = count - 1; index >= 0; index--) {
        const to = moved.get(owner[index] as number);
        const lane = to === undefined ? undefined : lanes[to];
        const was = before[owner[index] as number]?.edge.path.length ?? 0;
        if (to === undefined || !lane || lane.rate === 0 || was === 0) {
          removeAt(index);
          continue;
        }
        owner[index] = to;
        distance[index] = ((distance[index] as number) / was) * lane.edge.path.length;
      }
      lanes.forEach((lane, index) => {
        const known = old.get(lane.edge.key);
        if (lane.rate > 0 && (known === undefined || known.lane.rate === 0)) seed(lane, index);
      });
    },
    setSpeed(next) {
      if (next === speed) return;
      speed = next;
      keepToCap();
    },
    setLimit(next) {
      limit = Math.min(MAX_DOTS, next);
      keepToCap();
      while (count > limit) removeAt(count - 1);
    },
    step(elapsed) {
      const seconds = Math.min(elapsed, 250) / 1000;
      for (let index = count - 1; index >= 0; index--) {
        const next = (distance[index] as number) + speed * seconds;
        if (next >= (lanes[owner[index] as number]?.edge.path.length ?? 0)) removeAt(index);
        else distance[index] = next;
      }
      lanes.forEach((lane, index) => {
        lane.due += lane.rate * seconds;
        while (lane.due >= 1) {
          lane.due -= 1;
          emit(lane, index, (lane.due / lane.rate) * speed);
        }
      });
    },
    forEach(visit) {
      for (let index = 0; index < count; index++) {
        const lane = lanes[owner[index] as number];
        if (lane) visit(lane.edge, distance[index] as number, DOT_KINDS[kind[index] as number] ?? "answered");
      }
    },
    get count() {
      return count;
    },
    get flows() {
      return lanes.some((lane) => lane.rate > 0);
    },
  };
}

/** Failed and mutual-TLS dots in their exact shares, evenly spread. */
function nextKind(lane: Lane): DotKind {
  const { errors, mutualTls } = lane.edge.flow;
  lane.failedDue += errors;
  if (lane.failedDue >= 1 - 1e-9) {
    lane.failedDue -= 1;
    return "failed";
  }
  if (mutualTls === null) return "answered";
  lane.mutualDue += mutualTls;
  if (lane.mutualDue < 1 - 1e-9) return "plaintext";
  lane.mutualDue -= 1;
  return "mutual-tls";
}

/** 0–1 from a key, so that parallel lines do not march in step and every page shows the same. */
function toPhase(key: string): number {
  let hash = 2166136261;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16777619);
  return (hash >>> 0) / 4294967296;
}
