import type { ReactNode } from "react";

const LOOKS = { problem: "border-bad text-ink", hint: "border-line text-muted" } as const;

/** A sentence that names a cause and what to do next. The page's one live region says problems aloud; here they are only read. */
export function Notice({ look, children }: { look: keyof typeof LOOKS; children: ReactNode }) {
  return (
    <p data-notice={look} className={`any-name border-l-[3px] pl-2.5 text-[13px]/[18px] ${LOOKS[look]}`}>
      {children}
    </p>
  );
}
