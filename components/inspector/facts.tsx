import type { ReactNode } from "react";

export interface Fact {
  name: string;
  /** null = not known; `none` says so in words. */
  value: ReactNode;
  none?: string;
}

/** Names and values in two columns; what is not known says that. */
export function Facts({ rows }: { rows: readonly Fact[] }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
      {rows.map(({ name, value, none }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className={`any-name ${value === null ? "text-muted" : ""}`}>{value ?? none ?? "not known"}</dd>
        </div>
      ))}
    </dl>
  );
}
