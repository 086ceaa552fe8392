import { useEffect, useState } from "react";

const REDUCED = "(prefers-reduced-motion: reduce)";

/** Whether anything may move: the tab is seen and the person's system does not ask for calm. */
export function useMotionAllowed(): boolean {
  const [allowed, setAllowed] = useState(false);
  useEffect(() => {
    const reduced = window.matchMedia(REDUCED);
    const read = () => setAllowed(!document.hidden && !reduced.matches);
    read();
    document.addEventListener("visibilitychange", read);
    reduced.addEventListener("change", read);
    return () => {
      document.removeEventListener("visibilitychange", read);
      reduced.removeEventListener("change", read);
    };
  }, []);
  return allowed;
}
