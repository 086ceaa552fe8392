import type { SwitchRequest } from "@/lib/api/requests";
import type { SwitchAnswer } from "@/lib/api/routes";
import type { PolicyWriter } from "@/lib/kubernetes/policies";
import type { PeerAuthentication } from "@/lib/mesh/objects";
import { toApiError } from "./cluster-error";
import { checkSecondAct, toSecondAct } from "./second-act";

/**
 * The switch's three positions as writes: two modes are applied, `inherit` deletes the policy that decides. Each is bound to what the person saw,
 * and what is somebody else's needs a second act that names them.
 * @param policies as the watch knows them; null = not read
 * @throws ApiError
 */
export async function switchPolicy(
  writer: PolicyWriter,
  policies: readonly PeerAuthentication[] | null,
  { namespace, position, expected, takeOverFrom }: SwitchRequest,
): Promise<SwitchAnswer> {
  const agreed = takeOverFrom === undefined ? [] : [takeOverFrom];
  const seen = policies?.find((policy) => policy.uid === expected?.uid && policy.resourceVersion === expected.resourceVersion);
  const needed = seen === undefined ? null : toSecondAct(seen, "PeerAuthentication", position === "inherit" ? "delete" : "change");
  try {
    checkSecondAct(needed, agreed);
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
      takeOverFrom: [...agreed, ...(needed?.managers ?? [])],
    });
    return { changed, object: { name, uid, resourceVersion } };
  } catch (error) {
    throw toApiError(error);
  }
}
