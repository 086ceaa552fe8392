import type { ReactNode } from "react";

/** One act of the lab's three: a heading with what it stands at, and its controls. */
export function Act({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5 border-b border-line pb-4 last-of-type:border-b-0">
      <h2 className="flex items-baseline justify-between text-xs/4 font-semibold tracking-wider text-muted uppercase">
        <span>{title}</span>
        <span className="tracking-normal normal-case">{aside}</span>
      </h2>
      {children}
    </section>
  );
}
