"use client";

import { useState } from "react";

/** Drops what is the same in every command, so that the part that matters is seen; what is copied is always whole. */
export function toShortCommand(command: string): string {
  const [first = ""] = command.split("\n");
  return first
    .replace(/ --kubeconfig ('[^']*'|\S+)/g, "")
    .replace(/ --context ('[^']*'|\S+)/g, "")
    .replace(/ --cacert ('[^']*'|\S+)/g, "")
    .replace(/ -f - <<'EOF'$/, " -f - …");
}

/** The command that does the same as the button beside it: shown by the part that matters, copied whole. */
export function CommandLine({ command, label }: { command: string | null; label: string }) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  if (command === null || command === "") return null;
  const copy = async () => {
    const done = await navigator.clipboard.writeText(command).then(
      () => "yes" as const,
      () => "failed" as const,
    );
    setCopied(done);
    setTimeout(() => setCopied("no"), 2500);
  };
  return (
    <div className="flex min-w-0 items-center gap-1 rounded-lg bg-sunken pl-2.5">
      <code className="min-w-0 flex-1 truncate py-2 font-mono text-xs text-muted" title={command} data-command={command}>
        {toShortCommand(command)}
      </code>
      <button
        type="button"
        onClick={copy}
        className="h-8 shrink-0 rounded-lg px-2.5 text-xs font-semibold text-ink hover:bg-line/50"
        aria-label={`Copy the command: ${label}`}
      >
        {copied === "yes" ? "Copied" : copied === "failed" ? "Select it" : "Copy"}
      </button>
    </div>
  );
}
