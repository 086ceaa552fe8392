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

/** Seen while a layout is awaited (`data-arranging` on the stage), once that takes long enough to be noticed. No render: the stage itself may be busy. */
export function Arranging({ count, size }: { count: number; size: StageSize }) {
  return (
    <p
      className={`late pointer-events-none absolute inset-0 m-auto hidden h-fit w-fit rounded-lg bg-bg/85 px-3 py-2 text-muted group-data-[arranging=true]/stage:block ${size === "projector" ? "text-2xl" : ""}`}
    >
      {`Arranging ${count.toLocaleString("en")} ${count === 1 ? "workload" : "workloads"} …`}
    </p>
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
