import type { StageSize } from "./metrics";

/** Nothing to draw: why, and what to do. */
export function StageWords({ cause, next }: { cause: string; next: string }) {
  return (
    <div role="status" className="absolute inset-0 flex flex-col items-center justify-center gap-2 p-8 text-center">
      <p className="text-lg font-semibold">{cause}</p>
      <p className="max-w-prose text-muted">{next}</p>
    </div>
  );
}

export function StageNote({ text, size }: { text: string; size: StageSize }) {
  return (
    <p
      className={`pointer-events-none absolute bottom-2 left-3 max-w-[calc(100%-16rem)] rounded-lg bg-bg/85 px-2 py-1 text-muted any-name max-sm:line-clamp-3 ${size === "projector" ? "left-12 text-2xl" : "text-[13px]"}`}
    >
      {text}
    </p>
  );
}
