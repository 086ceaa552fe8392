"use client";

import { LazyPart, toPartSource } from "../frame/lazy-part";
import type { InspectorProps } from "./inspector";

const source = toPartSource(async () => (await import("./inspector")).Inspector);

export const prepareInspector = source.prepare;

/** Nobody has selected anything when the page is painted. */
export function LazyInspector(props: InspectorProps) {
  return <LazyPart source={source} props={props} />;
}
