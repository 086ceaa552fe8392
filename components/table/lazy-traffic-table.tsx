"use client";

import { LazyPart, toPartSource } from "../frame/lazy-part";
import type { TrafficTableProps } from "./traffic-table";

const source = toPartSource(async () => (await import("./traffic-table")).TrafficTable);

export const prepareTable = source.prepare;

/** The page is painted without a table, whatever the link says: until the first state there is nothing to put into it. */
export function LazyTrafficTable(props: TrafficTableProps) {
  return <LazyPart source={source} props={props} waiting={<p className="p-6 text-muted">Loading the table …</p>} />;
}
