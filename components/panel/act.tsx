import type { ReactNode } from "react";

/** One act of the lab's three: a heading with what it stands at, and its controls. */
export function Act({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section
      aria-label={title}
      className="flex min-w-0 flex-col gap-2 border-b border-line pb-3 short:gap-1.5 short:pb-2 last-of-type:border-b-0 last-of-type:pb-0"
    >
      <div className="flex min-h-4 items-center justify-between gap-3 text-xs/4 font-semibold tracking-wider text-muted">
        <h2 className="uppercase">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
