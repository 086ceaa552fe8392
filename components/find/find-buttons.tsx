"use client";

import { Button } from "../frame/button";
import type { Finding } from "./use-finding";

/** Opens search and filters, and closes them as long as they hide nothing. */
export function FindButton({ finding }: { finding: Finding }) {
  return (
    <Button look="quiet" small onClick={finding.isOpen ? finding.close : finding.ask} shortcut="/" aria-expanded={finding.isOpen} className="text-[13px]">
      Find
    </Button>
  );
}

/** Only the selected node and its neighbours, and back. */
export function NeighboursButton({ on, onPress }: { on: boolean; onPress: () => void }) {
  return (
    <Button look="quiet" small onClick={onPress} shortcut="N" aria-pressed={on}>
      Neighbours
    </Button>
  );
}
