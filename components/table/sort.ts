/** Sorting of a table's rows, pure: which column, which way, and what a press on a heading does. */

export type Direction = "ascending" | "descending";

export interface Sort {
  column: string;
  direction: Direction;
}

export interface SortColumn<Row> {
  key: string;
  title: string;
  /** What rows are compared by; null = nothing known, which stands last either way. */
  value: (row: Row) => string | number | null;
  /** The way that tells most, taken at the first press: names upwards, figures downwards. */
  first: Direction;
}

/** As the address keeps it: `rate`, or `-rate` for downwards; what no column is called is no sort. */
export function parseSort(text: string, columns: readonly Pick<SortColumn<never>, "key">[]): Sort | null {
  const column = text.replace(/^-/, "");
  if (!columns.some(({ key }) => key === column)) return null;
  return { column, direction: text.startsWith("-") ? "descending" : "ascending" };
}

/** The address's word after a press on a column's heading: its first way, then the other, then back to the default order (empty). */
export function toNextSort(sort: Sort | null, { key, first }: Pick<SortColumn<never>, "key" | "first">): string {
  const toText = (direction: Direction) => (direction === "descending" ? `-${key}` : key);
  if (sort?.column !== key) return toText(first);
  return sort.direction === first ? toText(first === "ascending" ? "descending" : "ascending") : "";
}

/** Stable: rows that are equal in the column keep the order they came in, in both directions. */
export function toSortedRows<Row>(rows: readonly Row[], columns: readonly SortColumn<Row>[], sort: Sort | null): Row[] {
  const column = columns.find(({ key }) => key === sort?.column);
  if (column === undefined || sort === null) return [...rows];
  const sign = sort.direction === "descending" ? -1 : 1;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .toSorted((a, b) => {
      if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1;
      return sign * compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

/** Figures by size, words as people order them (`web-2` before `web-10`). A figure that is none is the least. */
export function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return toNumber(a) - toNumber(b) || 0;
  return COLLATOR.compare(String(a), String(b));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

function toNumber(value: number): number {
  return Number.isNaN(value) ? Number.MIN_SAFE_INTEGER : Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
