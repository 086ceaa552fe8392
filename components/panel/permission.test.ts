import { expect, test } from "vitest";
import type { Right } from "@/lib/api/rights";
import { toPermission, toReasonProps } from "./permission";

const GIVEN: Right = { allowed: true, says: null, command: null, grant: null };
const MISSING: Right = { allowed: false, says: "rig-viewer may not patch it.", command: "kubectl apply", grant: "kubectl create role" };

test.each([
  ["an act that asks nothing of the cluster", null],
  ["a right that is given", GIVEN],
  ["a right that is not known yet", { ...GIVEN, allowed: null }],
])("an instructor may use %s", (_name, right) => {
  expect(toPermission("instructor", right)).toEqual({ allowed: true, why: null, says: null, command: null, grant: null });
  expect(toReasonProps(toPermission("instructor", right))).toEqual({});
});

test("an instructor without the right is told what is missing, and what somebody else would do", () => {
  const permission = toPermission("instructor", MISSING);
  expect(permission).toEqual({ allowed: false, why: "right", says: MISSING.says, command: MISSING.command, grant: MISSING.grant });
  expect(toReasonProps(permission)).toEqual({ title: MISSING.says });
});

test.each([[null], [GIVEN], [MISSING]])("a viewer may use nothing, whatever the cluster allows: %j", (right) => {
  const permission = toPermission("viewer", right);
  expect(permission).toMatchObject({ allowed: false, why: "read-only", says: "This link is read only.", grant: null });
  expect(toReasonProps(permission)).toEqual({ title: "This link is read only.", "aria-describedby": "read-only" });
});
