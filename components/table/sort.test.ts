import { expect, test } from "vitest";
import { parseSort, type SortColumn, toNextSort, toSortedRows } from "./sort";

interface Row {
  name: string;
  rate: number | null;
}
const COLUMNS: readonly SortColumn<Row>[] = [
  { key: "name", title: "Name", first: "ascending", value: ({ name }) => name },
  { key: "rate", title: "Rate", first: "descending", value: ({ rate }) => rate },
];
const row = (name: string, rate: number | null): Row => ({ name, rate });
const names = (rows: readonly Row[], sort: string) => toSortedRows(rows, COLUMNS, parseSort(sort, COLUMNS)).map(({ name }) => name);

test("the address is read back, and what is no column sorts nothing", () => {
  expect(parseSort("-rate", COLUMNS)).toEqual({ column: "rate", direction: "descending" });
  expect(parseSort("name", COLUMNS)).toEqual({ column: "name", direction: "ascending" });
  expect(["", "-", "--rate", "__proto__"].map((text) => parseSort(text, COLUMNS))).toEqual([null, null, null, null]);
});

test("a heading goes its first way, then the other, then back; another heading begins anew", () => {
  const press = (sort: string, column: number) => toNextSort(parseSort(sort, COLUMNS), COLUMNS[column] ?? { key: "", first: "ascending" });
  expect([press("", 1), press("-rate", 1), press("rate", 1)]).toEqual(["-rate", "rate", ""]);
  expect([press("", 0), press("name", 0), press("-name", 0), press("rate", 0)]).toEqual(["name", "-name", "", "name"]);
});

test("equals keep their order in both directions", () => {
  const rows = [row("b", 1), row("a", 1), row("c", 2)];
  expect(names(rows, "rate")).toEqual(["b", "a", "c"]);
  expect(names(rows, "-rate")).toEqual(["c", "b", "a"]);
  expect(names(rows, "")).toEqual(["b", "a", "c"]);
});

test("what is not known stands last either way; no figure breaks the order", () => {
  const rows = [row("none", null), row("nan", Number.NaN), row("inf", Number.POSITIVE_INFINITY), row("one", 1), row("zero", 0)];
  expect(names(rows, "rate")).toEqual(["nan", "zero", "one", "inf", "none"]);
  expect(names(rows, "-rate")).toEqual(["inf", "one", "zero", "nan", "none"]);
});

test("names are ordered as people do", () => expect(names([row("web-10", 0), row("web-2", 0)], "name")).toEqual(["web-2", "web-10"]));
