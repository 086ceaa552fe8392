import type { LiveState } from "@/lib/api/state";
import { Name } from "../words/name";

const STATES: Record<LiveState["unread"][number]["state"], string> = {
  forbidden: "may not be read",
  absent: "are not known to this API server",
  down: "cannot be read now",
  stale: "are not followed now",
};

/** Kinds of objects that are missing from the page, and what that hides: nothing here is taken for "there are none". */
export function UnreadKinds({ unread }: { unread: LiveState["unread"] }) {
  if (unread.length === 0) return null;
  return (
    <details className="rounded-lg bg-sunken px-3 py-2 text-[13px]/[18px]" open={unread.some(({ state }) => state !== "absent")}>
      <summary className="font-semibold">{unread.length === 1 ? "One kind of object is unknown" : `${unread.length} kinds of objects are unknown`}</summary>
      <ul className="mt-1.5 flex flex-col gap-1.5">
        {unread.map(({ kind, state, reason, hides }) => (
          <li key={kind} className="any-name" data-unread={kind} data-state={state}>
            <b className="font-semibold">
              <Name>{kind}</Name>
            </b>{" "}
            objects {STATES[state]}, so unknown: {hides}. <span className="text-muted">{<Name>{reason}</Name>}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
