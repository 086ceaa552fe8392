import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PeerAuthentication } from "@/lib/mesh/objects";
import { policy } from "@/lib/mesh/testdata/objects";
import { type CheckEnforcement, createPolicyChanges, type EnforcementReport } from "./policy-changes";

const CONFIG = { rootNamespace: "istio-system", trustDomain: "cluster.local", enableAutoMtls: true, read: true };
const strict = policy({ namespace: "shop", name: "default", mode: "STRICT", resourceVersion: "2" });

let policies: PeerAuthentication[] | null;
let checks: {
  namespace: string;
  signal: AbortSignal;
  progress(report: EnforcementReport): void;
  finish(outcome: EnforcementReport): void;
  fail(error: Error): void;
}[];
let stored: string[];
let enforced: string[];
let changes: ReturnType<typeof createPolicyChanges>;
let now = 0;

beforeEach(() => {
  policies = [strict];
  checks = [];
  stored = [];
  enforced = [];
  now = 1_000_000;
  const check: CheckEnforcement = (namespace, signal, progress) =>
    new Promise((finish, fail) => {
      checks.push({ namespace, signal, progress, finish, fail });
    });
  changes = createPolicyChanges({
    namespaces: ["shop", "bank"],
    policies: () => policies,
    config: () => CONFIG,
    check,
    onChange: () => {},
    onStored: (namespace, mode, by) => stored.push(`${namespace} ${mode} ${by}`),
    onEnforced: (namespace) => enforced.push(namespace),
    now: () => now,
  });
});
afterEach(() => changes.close());

const seen = (at: number | null) => ({ workload: "shop/web", at, says: "" });

test("requested, stored, enforcing, enforced: each has its own time", async () => {
  changes.requested("shop");
  now += 20;
  changes.stored([{ before: null, after: strict }]);
  expect(changes.change("shop")).toMatchObject({
    mode: "STRICT",
    by: "padlock",
    requestedAt: 1_000_000,
    storedAt: 1_000_020,
    enforcing: null,
    enforcedAt: null,
  });
  expect(stored).toEqual(["shop STRICT padlock"]);
  checks[0]?.progress({ checks: 1, workloads: [seen(null)], unverified: null });
  expect(changes.change("shop")).toMatchObject({ enforcing: { checkedWorkloads: 0, totalWorkloads: 1, checks: 1 }, enforcedAt: null });
  checks[0]?.finish({ checks: 2, workloads: [seen(1_000_150)], unverified: null });
  await vi.waitFor(() => expect(changes.change("shop")?.enforcedAt).toBe(1_000_150));
  expect(enforced).toEqual(["shop"]);
});

test("a change that was not ours is somebody else's, and a request that failed lends its time to nobody", () => {
  changes.requested("shop");
  changes.failed("shop");
  changes.stored([{ before: null, after: strict }]);
  expect(changes.change("shop")).toMatchObject({ by: "elsewhere", requestedAt: null });
});

test("one workload that is not seen keeps the whole from being enforced", async () => {
  changes.stored([{ before: null, after: strict }]);
  checks[0]?.finish({ checks: 10, workloads: [seen(1_000_150), seen(null)], unverified: "Not seen at pay" });
  await vi.waitFor(() => expect(changes.change("shop")?.unverified).toBe("Not seen at pay"));
  expect(changes.change("shop")?.enforcedAt).toBeNull();
  expect(enforced).toEqual([]);
});

test("without a caller it is stored, not verified", async () => {
  changes.stored([{ before: null, after: strict }]);
  checks[0]?.finish({ checks: 0, workloads: [], unverified: "Stored, not verified: no caller" });
  await vi.waitFor(() => expect(changes.change("shop")).toMatchObject({ unverified: "Stored, not verified: no caller", enforcing: null, enforcedAt: null }));
});

test("a newer change ends the checks of the older one, whose late words are not heard", async () => {
  changes.stored([{ before: null, after: strict }]);
  policies = [policy({ namespace: "shop", name: "default", mode: "PERMISSIVE", resourceVersion: "3" })];
  changes.stored([{ before: strict, after: policies[0] ?? null }]);
  expect(checks[0]?.signal.aborted).toBe(true);
  checks[0]?.finish({ checks: 1, workloads: [seen(1)], unverified: null });
  await Promise.resolve();
  expect(changes.change("shop")).toMatchObject({ mode: "PERMISSIVE", enforcedAt: null });
});

test("a policy of the root namespace touches every namespace; one elsewhere touches none", () => {
  const mesh = policy({ namespace: "istio-system", name: "default", mode: "STRICT" });
  changes.stored([{ before: null, after: mesh }]);
  expect(checks.map((check) => check.namespace)).toEqual(["shop", "bank"]);
  changes.stored([{ before: null, after: policy({ namespace: "other", name: "x", mode: "STRICT" }) }]);
  expect(checks).toHaveLength(2);
  expect(changes.lastStoredAt("shop")).toBe(now);
});

test("a label is no new rule", () => {
  changes.stored([{ before: strict, after: { ...strict, resourceVersion: "9", labels: { demo: "yes" } } }]);
  expect(checks).toEqual([]);
  expect(changes.change("shop")).toBeNull();
});

test("a check that breaks is told, and nothing is enforced", async () => {
  changes.stored([{ before: null, after: strict }]);
  checks[0]?.fail(new Error("no exec"));
  await vi.waitFor(() => expect(changes.change("shop")?.unverified).toBe("Stored, not verified: no exec"));
});
