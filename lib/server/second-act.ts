import { findOwner, isPadlocks, type Owned } from "@/lib/mesh/object-owner";
import type { ObjectRef } from "@/lib/mesh/objects";
import { ApiError } from "./api-error";

/** What a person has to say yes to before an object is touched that is not Padlock's. */
export interface SecondAct {
  /** Whose it is; the second act repeats it, so that nobody agrees to something else. */
  owner: string;
  /** In managedFields. */
  managers: readonly string[];
  /** Why it is asked, one or two sentences. */
  says: string;
}

/**
 * Whether touching an object needs a second act: a change when somebody else keeps it and will likely put it back, a deletion also when
 * Padlock did not make it.
 */
export function toSecondAct(object: Owned & Pick<ObjectRef, "namespace" | "name">, kind: string, act: "change" | "delete"): SecondAct | null {
  const what = `${kind} ${object.namespace}/${object.name}`;
  const owner = findOwner(object);
  if (owner !== null) {
    const back = owner.kind === "gitops" ? "it will likely put it back" : "it may write it again";
    return { owner: owner.name, managers: owner.managers, says: `${what} belongs to ${owner.name}; ${back}.` };
  }
  if (act === "change" || isPadlocks(object)) return null;
  const maker = object.owners[0]?.manager ?? "somebody else";
  return { owner: maker, managers: [], says: `Padlock did not make ${what}, ${maker} did. Deleted, it does not come back by itself.` };
}

/** @param agreed owners that the person named in a second act @throws ApiError owned-by-manager */
export function checkSecondAct(needed: SecondAct | null, agreed: readonly string[]): void {
  if (needed === null || agreed.includes(needed.owner)) return;
  throw new ApiError("owned-by-manager", `${needed.says} Nothing was written.`, { manager: needed.owner });
}
