"use client";

import { type ReactNode, useId } from "react";
import type { GraphNode } from "@/lib/mesh/graph";
import type { Lock } from "@/lib/mesh/lock";
import { toVisibleText } from "../graph/label";
import { toLockWords } from "../inspector/lock-facts";
import { LockIcon } from "../locks/LockIcon";

/** A titled table whose head stays in sight. */
export function Table({ title, columns, children }: { title: string; columns: readonly string[]; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id} className="sticky left-0 pb-1 text-xs font-semibold tracking-wider text-muted uppercase">
        {title}
      </h3>
      <table aria-labelledby={id} className="w-full border-collapse text-left text-[13px]/[18px]">
        <thead className="text-xs text-muted">
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="border-b border-line py-1.5 pr-4 font-semibold whitespace-nowrap">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** A name with its second line; one that can be pressed selects its row. */
export function NameCell({ name, detail, pressed, onPress }: { name: string; detail: string | undefined; pressed?: boolean; onPress?: () => void }) {
  const words = <bdi className="line-clamp-2 font-semibold break-words">{toVisibleText(name)}</bdi>;
  return (
    <div className="max-w-56 min-w-24">
      {onPress === undefined ? (
        words
      ) : (
        <button
          type="button"
          aria-pressed={pressed}
          onClick={onPress}
          className="touch rounded text-left underline decoration-line decoration-2 underline-offset-4 hover:decoration-current"
        >
          {words}
        </button>
      )}
      {detail !== undefined && detail !== "" && (
        <span className="line-clamp-2 text-muted break-words">
          <bdi>{toVisibleText(detail)}</bdi>
        </span>
      )}
    </div>
  );
}

export function LockCell({ lock }: { lock: Lock }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <LockIcon state={lock.state} size={20} label={null} />
      {toLockWords(lock)}
      {lock.state !== "refused" && lock.refused > 0 && <span className="font-semibold text-refused">{lock.refused} refused</span>}
    </span>
  );
}

/** `namespace/name`, stable for tests and links. */
export function toNodeName(node: GraphNode | undefined): string {
  if (node === undefined) return "?";
  return node.namespace === null ? node.name : `${node.namespace}/${node.name}`;
}
