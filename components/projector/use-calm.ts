"use client";

import { useEffect, useState } from "react";

/** Pointer and chrome go after this long without a move, ms. */
const CALM_AFTER = 3000;

/** Whether nobody has moved the pointer, touched, or stepped with Tab for three seconds. */
export function useCalm(): boolean {
  const [calm, setCalm] = useState(false);
  useEffect(() => {
    let timer = setTimeout(() => setCalm(true), CALM_AFTER);
    const stir = () => {
      setCalm(false);
      clearTimeout(timer);
      timer = setTimeout(() => setCalm(true), CALM_AFTER);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Tab") stir();
    };
    window.addEventListener("pointermove", stir);
    window.addEventListener("pointerdown", stir);
    window.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pointermove", stir);
      window.removeEventListener("pointerdown", stir);
      window.removeEventListener("keydown", onKey);
    };
  }, []);
  return calm;
}
