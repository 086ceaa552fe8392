import { expect, test } from "vitest";
import type { SwitchChange } from "@/lib/api/state";
import { isBeforeChange } from "./before-change";

const change = (storedAt: number | null): SwitchChange => ({
  mode: "STRICT",
  by: "padlock",
  requestedAt: null,
  storedAt,
  enforcing: null,
  enforcedAt: null,
  enforced: [],
  unverified: null,
});

test.each([
  [99, change(100), true],
  [100, change(100), false],
  [99, change(null), false],
  [99, null, false],
])("at %d with %o: %s", (at, given, expected) => expect(isBeforeChange(at, given)).toBe(expected));
