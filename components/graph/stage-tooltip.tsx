import { LockIcon } from "../locks/LockIcon";
import type { Explanation } from "./explain";

const WIDTH = 320;

interface StageTooltipProps {
  explanation: Explanation;
  /** CSS pixels of the stage. */
  at: { x: number; y: number };
  stage: { width: number; height: number };
}

/** The lock's reason beside the pointer, kept within the stage. It is a repetition for the eye: a screen reader has the list. */
export function StageTooltip({ explanation, at, stage }: StageTooltipProps) {
  const left = Math.max(8, Math.min(at.x + 16, stage.width - WIDTH - 8));
  const below = at.y < stage.height * 0.6;
  return (
    <div
      aria-hidden="true"
      data-tooltip={explanation.id}
      className="pointer-events-none absolute z-10 rounded-lg border border-line bg-surface px-3 py-2 text-[13px]/[18px] text-ink shadow-sm"
      style={{ left, width: Math.min(WIDTH, stage.width - 16), ...(below ? { top: at.y + 18 } : { bottom: stage.height - at.y + 14 }) }}
    >
      <p className="font-semibold break-words">
        <bdi>{explanation.title}</bdi>
      </p>
      {explanation.state !== null && (
        <p className="mt-1 flex items-center gap-1.5">
          <LockIcon state={explanation.lock.state} size={18} label={null} />
          {explanation.state}
        </p>
      )}
      {explanation.lines.map((line) => (
        <p key={line} className="mt-1 break-words text-muted">
          <bdi>{line}</bdi>
        </p>
      ))}
    </div>
  );
}
