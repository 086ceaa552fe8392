import type { GraphNode } from "@/lib/mesh/graph";
import type { Lock } from "@/lib/mesh/lock";
import { LOCK_TOKENS } from "../locks/lock-path";
import type { Group } from "./groups";
import { percentText } from "./label";
import type { Plate, PlatePart } from "./model";

/**
 * The lock in a node's corner: of the traffic it serves. A node nothing of the mesh called has none, since an empty ring there would be noise.
 * @param serves some line of the mesh brought it traffic
 * @param everyLock false = closed ones are left away, as on the lines
 */
export function toNodePlate(node: GraphNode, serves: boolean, everyLock: boolean): Plate | null {
  if (!serves || node.kind === "client" || node.kind === "unidentified") return null;
  if (!everyLock && node.lock.state === "mutual-tls") return null;
  return { lock: node.lock.state, parts: toNumber(node.lock) };
}

/** A group's worst lock with the number of workloads in that state; nothing was served = none. */
export function toGroupPlate({ lock, count }: Group): Plate | null {
  if (count === 0) return null;
  return { lock: lock.state, parts: [{ text: String(count), token: LOCK_TOKENS[lock.state] }] };
}

/** A mixed lock never stands without its share, nor a shield without its count. */
function toNumber(lock: Lock): PlatePart[] {
  const text = lock.state === "mixed" ? percentText(lock) : lock.state === "refused" && lock.refused > 0 ? `×${lock.refused}` : "";
  return text === "" ? [] : [{ text, token: LOCK_TOKENS[lock.state] }];
}
