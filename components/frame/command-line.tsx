"use client";

import { useState } from "react";
import { copy } from "./copy";
import { toShortCommand } from "./short-command";

/** How long "Copied" stands, ms. */
const SAID_FOR = 2500;

/** The command that does the same as the button beside it: shown by the part that matters, opened and copied whole. @param caption said before it, where the command is not of the button just beside it */
export function CommandLine({ command, label, caption }: { command: string | null; label: string; caption?: string }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const [open, setOpen] = useState(false);
  if (command === null || command === "") return null;
  const onCopy = async () => {
    const done = await copy(command);
    setCopied(done ? "yes" : "failed");
    if (!done) setOpen(true);
    setTimeout(() => setCopied("no"), SAID_FOR);
  };
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)_auto] items-start rounded-lg bg-sunken">
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className="min-w-0">
        <summary
          title={open ? undefined : command}
          className="touch flex h-7 list-none items-center rounded-lg pl-2.5 font-mono text-xs text-muted hover:text-ink [&::-webkit-details-marker]:hidden"
        >
          {caption !== undefined && <span className="mr-2 shrink-0 font-sans font-semibold text-ink">{caption}</span>}
          <code className="min-w-0 truncate" data-command={command}>
            {open ? "the whole command:" : toShortCommand(command)}
          </code>
        </summary>
        <pre className="any-name px-2.5 pb-2 font-mono text-xs/[18px] whitespace-pre-wrap text-ink select-all">{command}</pre>
      </details>
      <button
        type="button"
        onClick={onCopy}
        className="touch h-7 rounded-lg px-2.5 text-xs font-semibold text-ink hover:bg-line/60"
        aria-label={`Copy the command: ${label}`}
      >
        {copied === "yes" ? "Copied" : copied === "failed" ? "Select it" : "Copy"}
      </button>
    </div>
  );
}
