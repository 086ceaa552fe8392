import type { SwitchChange } from "@/lib/api/state";

/** Whether something began before the last change was stored: it then says what held, not what holds. @param at epoch ms */
export function isBeforeChange(at: number, change: SwitchChange | null): boolean {
  return change?.storedAt != null && at < change.storedAt;
}
