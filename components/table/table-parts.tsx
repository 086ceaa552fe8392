"use client";

import { type ReactNode, useId } from "react";
import type { Lock } from "@/lib/mesh/lock";
import { toVisibleText } from "../graph/label";
import { toLockWords } from "../inspector/lock-facts";
import { LockIcon } from "../locks/LockIcon";
import { type Direction, type Sort, type SortColumn, toNextSort } from "./sort";

export const CELL = "border-b border-line py-2 pr-4 align-top";

interface TableProps<Row> {
  title: string;
  /** Said beside the title: "7 lines". */
  count: string;
  columns: readonly SortColumn<Row>[];
  /** The last column, which is words and not sorted by. */
  last?: string;
  sort: Sort | null;
  /** The sort as the address keeps it. */
  onSort: (sort: string) => void;
  children: ReactNode;
}

/** A titled table whose headings sort it. */
export function Table<Row>({ title, count, columns, last, sort, onSort, children }: TableProps<Row>) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <div className="sticky left-0 flex w-fit items-baseline gap-2.5 pb-1 text-xs">
        <h3 id={id} className="font-semibold tracking-wider text-muted uppercase">
          {title}
        </h3>
        <p className="text-muted" role="status" data-count="">
          {count}
        </p>
      </div>
      <table aria-labelledby={id} className="w-full border-collapse text-left text-[13px]/[18px]">
        <thead className="text-xs text-muted">
          <tr>
            {columns.map((column) => {
              const direction = sort?.column === column.key ? sort.direction : undefined;
              return (
                <th key={column.key} scope="col" aria-sort={direction} className="border-b border-line py-0.5 pr-4 font-semibold whitespace-nowrap">
                  <button
                    type="button"
                    onClick={() => onSort(toNextSort(sort, column))}
                    title={direction === undefined ? `Sort by ${column.title}` : `Sorted by ${column.title}, ${direction}`}
                    className={`touch -mx-1.5 inline-flex h-7 items-center gap-1 rounded px-1.5 font-semibold hover:bg-sunken hover:text-ink ${direction === undefined ? "" : "text-ink"}`}
                    data-sort={column.key}
                  >
                    {column.title}
                    <SortArrow direction={direction} />
                  </button>
                </th>
              );
            })}
            {last !== undefined && (
              <th scope="col" className="border-b border-line py-0.5 pr-4 font-semibold whitespace-nowrap">
                {last}
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** Both ways faintly where a press would sort, the one way where it does. */
function SortArrow({ direction }: { direction: Direction | undefined }) {
  return (
    <svg width={8} height={12} viewBox="0 0 8 12" aria-hidden="true" fill="currentColor">
      {direction !== "descending" && <path d="M0 5l4-5 4 5z" opacity={direction === undefined ? 0.45 : 1} />}
      {direction !== "ascending" && <path d="M0 7l4 5 4-5z" opacity={direction === undefined ? 0.45 : 1} />}
    </svg>
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
