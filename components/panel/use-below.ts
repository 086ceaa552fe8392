"use client";

import { type RefObject, useEffect, useRef, useState } from "react";

/** What is left to see by so much is not worth a word, CSS pixels. */
const TOLERANCE = 4;

export interface Below {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** Title of the first act that is cut off at the bottom; null when all is in sight or the scroller stands at its end. */
  title: string | null;
  show: () => void;
}

/** Tells what a scrolled panel hides below its edge: acts are the content's sections with a label. */
export function useBelow(): Below {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [title, setTitle] = useState<string | null>(null);
  useEffect(() => {
    const [box, inner] = [scroller.current, content.current];
    if (box === null || inner === null) return;
    const look = () => setTitle(findCut(box, inner)?.ariaLabel ?? null);
    const observer = new ResizeObserver(look);
    observer.observe(box);
    observer.observe(inner);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  const show = () => {
    if (scroller.current !== null && content.current !== null) findCut(scroller.current, content.current)?.scrollIntoView({ block: "end" });
  };
  return { scroller, content, title, show };
}

function findCut(box: HTMLElement, inner: HTMLElement): Element | undefined {
  const bottom = box.getBoundingClientRect().bottom + TOLERANCE;
  return [...inner.querySelectorAll(":scope > section[aria-label]")].find((act) => act.getBoundingClientRect().bottom > bottom);
}
