import type { Call, CallHop } from "./calls";
import type { GraphInput } from "./graph-input";
import type { Lines } from "./graph-lines";
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
      if (outcome !== null) lines.get(gateway, target, "http").passed.push({ outcome, at: call.endedAt });
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
function addPath(lines: Lines, places: Places, { path, target, endedAt }: Call, first: Place): void {
  const namespace = target.slice(0, Math.max(0, target.indexOf("/")));
  const branch: (Place | null)[] = [];
  path.forEach((hop, index) => {
    const depth = Math.min(toDepth(hop, index), branch.length);
    const place = index === 0 ? first : places.ofHop(hop.name, namespace);
    const parent = depth === 0 ? null : (branch[depth - 1] ?? null);
    branch.length = depth;
    branch.push(place);
    if (place !== null && parent !== null)
      lines.get(parent, place, "http").passed.push({ outcome: hop.code >= 100 && hop.code < 500 ? "served" : "failed", at: endedAt });
  });
}

function toDepth({ depth }: CallHop, index: number): number {
  return depth !== undefined && Number.isInteger(depth) && depth >= 0 ? depth : index;
}
