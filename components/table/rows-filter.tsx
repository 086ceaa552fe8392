"use client";

interface RowsFilterProps {
  text: string;
  onChange: (text: string) => void;
}

/** Longer than any name of a cluster. */
const LONGEST = 253;

/** A field that leaves the rows with all its words in them. Escape empties it, and only then closes what else is open. */
export function RowsFilter({ text, onChange }: RowsFilterProps) {
  return (
    <search className="sticky left-0 w-fit">
      <input
        type="search"
        value={text}
        maxLength={LONGEST}
        spellCheck={false}
        autoComplete="off"
        aria-label="Only rows with these words"
        placeholder="Only rows with … plaintext, sleep, 503"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || text === "") return;
          event.preventDefault();
          onChange("");
        }}
        className="touch h-8 w-72 max-w-full rounded-lg border border-line bg-surface px-3 text-[13px] placeholder:text-muted"
        data-rows-filter=""
      />
    </search>
  );
}
