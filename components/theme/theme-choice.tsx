"use client";

import { useEffect, useState } from "react";
import { Choice } from "../frame/choice";
import { parseTheme, THEMES, type Theme } from "./theme";

const YEAR_SECONDS = 365 * 24 * 3600;
const WORDS: Record<Theme, string> = { system: "system", light: "light", dark: "dark" };

const HALF_MOON = (
  <svg width="16" height="16" viewBox="0 0 16 16" className="mx-2.5 shrink-0 text-muted min-[96.01rem]:mr-0" aria-hidden="true">
    <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
    <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
  </svg>
);

/** Light, dark, or as the system says; a cookie, so that the next page comes in it from its first byte. */
export function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => setTheme(parseTheme(document.documentElement.dataset["theme"])), []);
  const choose = (chosen: Theme) => {
    setTheme(chosen);
    document.documentElement.dataset["theme"] = chosen;
    document.cookie = `padlock-theme=${chosen}; path=/; max-age=${YEAR_SECONDS}; samesite=strict`;
  };
  return (
    <Choice label="Theme" icon={HALF_MOON} value={theme} onChange={(value) => choose(parseTheme(value))}>
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {WORDS[name]}
        </option>
      ))}
    </Choice>
  );
}
