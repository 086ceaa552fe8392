"use client";

import { useState } from "react";

interface NumberFieldProps {
  label: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
}

/** A whole number between two bounds. What is typed is left alone until the field is left; only what is within the bounds is taken. */
export function NumberField({ label, value, least, most, onChange }: NumberFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const number = Number(typed ?? value);
  const isGood = typed === null || (typed.trim() !== "" && Number.isInteger(number) && number >= least && number <= most);
  return (
    <label className="flex min-w-0 flex-col gap-1 text-xs text-muted">
      {label}
      <input
        type="number"
        inputMode="numeric"
        min={least}
        max={most}
        step={1}
        value={typed ?? value}
        aria-invalid={!isGood}
        onChange={(event) => {
          setTyped(event.target.value);
          const given = event.target.valueAsNumber;
          if (Number.isInteger(given) && given >= least && given <= most) onChange(given);
        }}
        onBlur={() => setTyped(null)}
        className="touch h-8 w-full rounded-lg border border-line bg-surface px-2 text-[13px] text-ink aria-invalid:border-bad"
      />
      {!isGood && (
        <span className="text-ink">
          {least} to {most.toLocaleString("en")}
        </span>
      )}
    </label>
  );
}
