"use client";

import { useState } from "react";
import { copy } from "../frame/copy";

/** How long "Copied" stands, ms. */
const SAID_FOR = 2500;

/** A link in full, to be copied or selected. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const onCopy = async () => {
    setCopied((await copy(text)) ? "yes" : "failed");
    setTimeout(() => setCopied("no"), SAID_FOR);
  };
  return (
    <div className="grid w-full min-w-0 grid-cols-[minmax(0,1fr)_auto] items-center rounded-lg bg-sunken">
      <code className="any-name px-2.5 py-1.5 font-mono text-xs/[18px] select-all" data-link={text}>
        {text}
      </code>
      <button
        type="button"
        onClick={onCopy}
        className="touch h-7 rounded-lg px-2.5 text-xs font-semibold text-ink hover:bg-line/60"
        aria-label={`Copy ${label}`}
      >
        {copied === "yes" ? "Copied" : copied === "failed" ? "Select it" : "Copy"}
      </button>
    </div>
  );
}
