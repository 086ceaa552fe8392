import type { Call, CallHop } from "./calls";
import type { GraphInput } from "./graph-input";
import { addPassed, type Lines } from "./graph-lines";
import { CLIENT_ID, type Place, type Places } from "./graph-places";

/** The person's side of the gateway. */
export const CLIENT: Place = { id: CLIENT_ID, kind: "client", namespace: null, name: "client", cluster: null, workload: null, observed: null };

/** Own calls of the window that met something; the others (nobody there, cancelled) make no line. */
export function callsInWindow({ calls, now, view }: GraphInput): Call[] {
  const from = now - view.windowSeconds * 1_000;
  return calls.filter(({ startedAt, outcome }) => startedAt >= from && (outcome === "served" || outcome === "failed" || outcome === "refused"));
}

/** Lays our own calls on the lines: the one they were made on, and those their answers name. A refused call makes a line that Kiali never hears of. */
export function addOwnCalls(lines: Lines, places: Places, input: GraphInput, gateway: Place | null): void {
  for (const call of callsInWindow(input)) {
    const target = places.ofWorkload(call.target);
    if (call.caller !== "gateway") {
      lines.get(places.ofWorkload(call.callerName), target, "http").calls.push(call);
    } else if (gateway !== null) {
      lines.get(CLIENT, gateway, "http").calls.push(call);
      const outcome = toForwarded(call);
      if (outcome !== null) addPassed(lines.get(gateway, target, "http"), outcome, call.endedAt);
    }
    addPath(lines, places, call, target);
  }
}

/** @returns null when the answer does not show that the gateway called the target (a 404 is its own word for "no route") */
function toForwarded({ outcome, httpCode, path }: Call): "served" | "failed" | null {
  if (outcome === "refused" || httpCode === null) return null;
  if (httpCode >= 500) return "failed";
  return path.length > 0 || httpCode < 400 ? "served" : null;
}

/** The hops behind the target. One whose name leads to no workload ends its branch: what it called cannot be placed. */
function addPath(lines: Lines, places: Places, { path, endedAt }: Call, first: Place): void {
  // The hops from the outermost to the one before, by depth.
  const branch: (Place | null)[] = [first];
  let deepest = 0;
  for (let index = 1; index < path.length; index++) {
    const hop = path[index];
    if (hop === undefined) continue;
    const depth = Math.min(toDepth(hop, index), deepest + 1);
    const place = places.ofHop(hop.name, first.namespace ?? "");
    const parent = depth === 0 ? null : (branch[depth - 1] ?? null);
    branch[depth] = place;
    deepest = depth;
    if (place !== null && parent !== null) addPassed(lines.get(parent, place, "http"), hop.code >= 100 && hop.code < 500 ? "served" : "failed", endedAt);
  }
}

function toDepth({ depth }: CallHop, index: number): number {
  return depth !== undefined && Number.isInteger(depth) && depth >= 0 ? depth : index;
}
