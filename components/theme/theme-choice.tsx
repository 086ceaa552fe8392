"use client";

import { useEffect, useState } from "react";
import { Choice } from "../frame/choice";
import { parseTheme, THEMES, type Theme } from "./theme";

const YEAR_SECONDS = 365 * 24 * 3600;
const WORDS: Record<Theme, string> = { system: "system", light: "light", dark: "dark" };

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
    <Choice quiet label="Theme" value={theme} onChange={(value) => choose(parseTheme(value))}>
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {WORDS[name]}
        </option>
      ))}
    </Choice>
  );
}
