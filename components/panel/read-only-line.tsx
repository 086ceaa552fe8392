import { READ_ONLY_ID } from "./permission";
import { READ_ONLY } from "./role";

/** Once, at the head of the panel, for all controls that rest below it. */
export function ReadOnlyLine() {
  return (
    <p id={READ_ONLY_ID} data-read-only="" className="rounded-lg bg-sunken px-3 py-2 text-[13px]/[18px]">
      <b className="font-semibold">{READ_ONLY}</b> Whoever has an instructor&rsquo;s link switches, sends and resets; you see it as it happens.
    </p>
  );
}
