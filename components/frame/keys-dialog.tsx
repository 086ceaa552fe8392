"use client";

import { Button } from "./button";
import { Dialog } from "./dialog";
import { KEYS } from "./keys";
import { Toggle } from "./toggle";
import { useSingleKeys } from "./use-single-keys";

/** All keys, and the switch that silences them. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [singleKeys, chooseSingleKeys] = useSingleKeys();
  return (
    <Dialog title="Keys" open={open} onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {KEYS.map(({ key, does }) => (
          <div key={key} className="contents">
            <dt className="text-right">
              <kbd className="rounded border border-b-2 border-line bg-sunken px-1.5 font-sans text-[11px]/4 font-semibold text-muted">
                {key === "Escape" ? "Esc" : key}
              </kbd>
            </dt>
            <dd className={singleKeys || key === "Escape" ? "" : "text-muted"}>{does}</dd>
          </div>
        ))}
      </dl>
      <div className="border-t border-line pt-3">
        <Toggle label="Single keys act" on={singleKeys} onChange={chooseSingleKeys} />
      </div>
    </Dialog>
  );
}
