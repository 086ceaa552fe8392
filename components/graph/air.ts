import type { Call } from "@/lib/mesh/calls";
import { createFlightQueue, type Leg, type Route } from "./flights";
import type { DotKind } from "./traffic";

/** Own calls under way: released from the queue one by one, each flying its legs in turn. Pure state on the overlay's clock. */
export interface Air {
  add(call: Call): void;
  step(elapsed: number, now: number): void;
  /** `distance` along the leg in model units; `fade` 1–0 for a refused one that waits at the lock. */
  forEach(visit: (leg: Leg, distance: number, kind: DotKind, fade: number) => void): void;
  clear(): void;
  readonly waiting: number;
  readonly flying: number;
}

/** Time at a node between two legs, and time a refused call stays at the lock that turned it away, ms. */
const AT_NODE = 90;
const AT_LOCK = 1400;

interface Flight {
  route: Route;
  leg: number;
  distance: number;
  /** ms left at the present place. */
  rest: number;
}

export interface AirRules {
  /** Model units a second. */
  speed: number;
  toRoute(call: Call): Route | null;
  /** How far a leg goes: to its end, or to the lock when refused; null when its line is gone. */
  toLength(leg: Leg): number | null;
}

export function createAir(rules: AirRules): Air {
  const queue = createFlightQueue();
  let flights: Flight[] = [];

  /** Moves one flight on; false when it has arrived. */
  function move(flight: Flight, elapsed: number): boolean {
    if (flight.rest > 0) {
      flight.rest -= elapsed;
      return flight.rest > 0 || flight.leg < flight.route.legs.length;
    }
    const leg = flight.route.legs[flight.leg];
    const length = leg ? rules.toLength(leg) : null;
    if (!leg || length === null) return false;
    flight.distance += (rules.speed * elapsed) / 1000;
    if (flight.distance < length) return true;
    if (leg.kind === "refused") {
      flight.distance = length;
      flight.rest = AT_LOCK;
      // It stays on its leg, but this was the last one.
      flight.leg = flight.route.legs.length;
      return true;
    }
    flight.leg++;
    flight.distance = 0;
    flight.rest = AT_NODE;
    return flight.leg < flight.route.legs.length;
  }

  return {
    add: queue.add,
    step(elapsed, now) {
      flights = flights.filter((flight) => move(flight, Math.min(elapsed, 250)));
      const call = queue.next(now);
      const route = call && rules.toRoute(call);
      if (route && route.legs.length > 0) flights.push({ route, leg: 0, distance: 0, rest: 0 });
    },
    forEach(visit) {
      for (const flight of flights) {
        const last = flight.leg >= flight.route.legs.length;
        const leg = flight.route.legs[last ? flight.route.legs.length - 1 : flight.leg];
        if (!leg || (flight.rest > 0 && !last)) continue;
        visit(leg, flight.distance, leg.kind, last ? Math.max(0, Math.min(1, flight.rest / (AT_LOCK / 2))) : 1);
      }
    },
    clear() {
      queue.clear();
      flights = [];
    },
    get waiting() {
      return queue.waiting;
    },
    get flying() {
      return flights.length;
    },
  };
}
