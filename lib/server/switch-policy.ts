import type { SwitchRequest } from "@/lib/api/requests";
import type { SwitchAnswer } from "@/lib/api/routes";
import type { PolicyWriter } from "@/lib/kubernetes/policies";
import { toApiError } from "./cluster-error";

/** The switch's three positions as writes: two modes are applied, `inherit` deletes the policy that decides. Each is bound to what the person saw. */
export async function switchPolicy(writer: PolicyWriter, { namespace, position, expected, takeOverFrom }: SwitchRequest): Promise<SwitchAnswer> {
  try {
    if (position === "inherit") {
      if (expected === null) return { changed: false, object: null };
      await writer.deletePolicy({ namespace, ...expected });
      return { changed: true, object: null };
    }
    const name = expected?.name ?? "default";
    const { uid, resourceVersion, changed } = await writer.applyMode({
      namespace,
      name,
      mode: position,
      expected: expected === null ? null : { uid: expected.uid, resourceVersion: expected.resourceVersion },
      ...(takeOverFrom === undefined ? {} : { takeOverFrom }),
    });
    return { changed, object: { name, uid, resourceVersion } };
  } catch (error) {
    throw toApiError(error);
  }
}
