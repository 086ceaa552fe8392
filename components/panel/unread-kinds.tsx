import type { LiveState } from "@/lib/api/state";
import { Name } from "../words/name";

const STATES: Record<LiveState["unread"][number]["state"], string> = {
  forbidden: "may not be read",
  absent: "are not known to this API server",
  down: "cannot be read now",
  stale: "are not followed now",
};

/** How Kubernetes refuses; whose words say more than that are shown. */
const PLAIN_REFUSAL =
  /^[\w.-]+( "[^"]*")? is forbidden: User "[^"]*" cannot (list|get|watch) resource "[^"]*" in API group "[^"]*" (at the cluster scope|in the namespace "[^"]*")$/;

/** Kinds of objects that are missing from the page, and what that hides: nothing here is taken for "there are none". */
export function UnreadKinds({ unread }: { unread: LiveState["unread"] }) {
  if (unread.length === 0) return null;
  return (
    <details className="rounded-lg bg-sunken px-3 py-2 text-[13px]/[18px]" open={unread.length === 1 && unread[0]?.state !== "absent"}>
      <summary className="any-name">
        <b className="font-semibold">{unread.length === 1 ? "One kind of object is unknown: " : `${unread.length} kinds of objects are unknown: `}</b>
        <Name>{unread.map(({ kind }) => kind).join(", ")}</Name>
      </summary>
      <ul className="mt-1.5 flex flex-col gap-1.5">
        {unread.map(({ kind, state, reason, hides }) => (
          <li key={kind} className="any-name" data-unread={kind} data-state={state}>
            <b className="font-semibold">
              <Name>{kind}</Name>
            </b>{" "}
            objects {STATES[state]}, so unknown: {hides}.{" "}
            {!PLAIN_REFUSAL.test(reason) && (
              <span className="text-muted">
                <Name>{reason}</Name>
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
