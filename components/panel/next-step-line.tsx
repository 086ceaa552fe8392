import type { LiveState } from "@/lib/api/state";
import { Key } from "../frame/button";
import { toNextStep } from "./next-step";

/** One line of guidance above the acts: the story's next step. */
export function NextStepLine({ state }: { state: LiveState }) {
  const next = toNextStep(state);
  if (next === null) return null;
  return (
    <p className="flex items-start gap-2 text-[13px]/[18px]" data-next={next.key ?? "wait"}>
      <b className="font-semibold">Next</b>
      <span className="min-w-0 flex-1">{next.says}</span>
      {next.key !== null && <Key>{next.key}</Key>}
    </p>
  );
}
