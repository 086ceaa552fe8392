/** One key a step of the demo; all work on the page and on the projector. */
export const KEYS = [
  { key: "L", action: "send-calls", does: "send the lab's ten calls through the gateway" },
  { key: "K", action: "keep-sending", does: "keep sending: gateway, caller with sidecar, caller without; again stops" },
  { key: "T", action: "toggle-mode", does: "toggle between STRICT and PERMISSIVE" },
  { key: "U", action: "call-without-sidecar", does: "one call without sidecar" },
  { key: "M", action: "call-with-sidecar", does: "one call with sidecar" },
  { key: "R", action: "reset", does: "reset to the start (asks)" },
  { key: "F", action: "fit", does: "fit the graph" },
  { key: "G", action: "switch-view", does: "graph or table" },
  { key: "/", action: "find", does: "find a workload" },
  { key: "N", action: "neighbours", does: "only what is selected and its neighbours; again shows everything" },
  { key: "P", action: "projector", does: "projector mode, and back" },
  { key: "Escape", action: "close", does: "close what is selected, or leave the projector" },
  { key: "?", action: "keys", does: "this list" },
] as const;

export type Action = (typeof KEYS)[number]["action"];

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** The key is being held down: one press is one act. */
  repeat: boolean;
  target: EventTarget | null;
}

/** @returns what the pressed key means, or null: typing into a field and browser shortcuts are left alone */
export function toAction(event: KeyPress): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  const target = event.target as { tagName?: string; isContentEditable?: boolean } | null;
  if (target?.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(target?.tagName ?? "")) return null;
  const upper = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return KEYS.find(({ key }) => key === upper)?.action ?? null;
}
