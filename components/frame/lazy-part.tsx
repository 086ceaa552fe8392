"use client";

import { type ComponentType, type ReactNode, useEffect, useState } from "react";

/** Where a part of the page comes from, and the part once it is there. */
export interface PartSource<Props> {
  readonly loaded: ComponentType<Props> | null;
  load(): Promise<ComponentType<Props>>;
  /** Asks for the code before it is drawn. A failure is told where it is drawn, which asks again. */
  prepare(): void;
}

export function toPartSource<Props>(fetchPart: () => Promise<ComponentType<Props>>): PartSource<Props> {
  let loaded: ComponentType<Props> | null = null;
  const load = async () => {
    loaded ??= await fetchPart();
    return loaded;
  };
  return {
    get loaded() {
      return loaded;
    },
    load,
    prepare: () => void load().catch(() => undefined),
  };
}

interface LazyPartProps<Props> {
  /** The same at every render. */
  source: PartSource<Props>;
  /** Stands in its place until it is there. */
  waiting?: ReactNode;
  props: Props;
}

/**
 * A part of the page whose code comes when the page is there. Not by Suspense, whose fallback React keeps for 300 ms once it was shown.
 * @throws into the nearest boundary what kept the code from coming
 */
export function LazyPart<Props extends object>({ source, waiting = null, props }: LazyPartProps<Props>) {
  const [Part, setPart] = useState(() => source.loaded);
  const [failure, setFailure] = useState<{ cause: unknown } | null>(null);
  useEffect(() => {
    if (Part !== null) return;
    let ended = false;
    source.load().then(
      (part) => ended || setPart(() => part),
      (cause: unknown) => ended || setFailure({ cause }),
    );
    return () => {
      ended = true;
    };
  }, [source, Part]);
  if (failure !== null) throw failure.cause;
  return Part === null ? waiting : <Part {...props} />;
}
