import { expect, test } from "vitest";
import type { LiveState, SwitchChange } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import { toNextStep } from "./next-step";

const ok = { state: "ok", reason: null, since: 0, lastGood: 0, nextTry: null } as const;
const none = { served: 0, failed: 0, refused: 0, unreachable: 0 };
const caller = { name: "default/sleep", pod: "sleep-1", missing: null };
const change = {
  mode: "STRICT",
  by: "padlock",
  requestedAt: 900,
  storedAt: 1000,
  enforcing: null,
  enforcedAt: 1140,
  enforced: [],
  unverified: null,
} satisfies SwitchChange;
const call = (startedAt: number, outcome: Call["outcome"] = "served") => ({ startedAt, outcome }) as Call;

function stateOf({
  mode = "PERMISSIVE",
  lock = "mutual-tls",
  sent = 10,
  bare = null,
  meshed = null,
  changed = null,
  running = null,
  kubernetes = "ok",
  callers = caller,
}: Given = {}) {
  return {
    sources: { kubernetes: { ...ok, state: kubernetes }, kiali: ok, gateway: ok },
    posture: { mode, lock: { state: lock } },
    mesh: { callers: { "with-sidecar": callers, "without-sidecar": callers } },
    switch: { position: mode, change: changed },
    calls: { totals: { gateway: { ...none, served: sent } }, lastProbe: { "with-sidecar": meshed, "without-sidecar": bare } },
    run: { current: running },
  } as unknown as LiveState;
}
interface Given {
  mode?: string;
  lock?: string;
  sent?: number;
  bare?: Call | null;
  meshed?: Call | null;
  changed?: SwitchChange | null;
  running?: object | null;
  kubernetes?: string;
  callers?: object;
}
const key = (given?: Given) => toNextStep(stateOf(given))?.key;

test("the story goes step by step", () => {
  expect(key({ sent: 0 })).toBe("L");
  expect(key()).toBe("U");
  expect(key({ bare: call(1) })).toBe("T");
  const strict = { mode: "STRICT", changed: change };
  expect(key({ ...strict, bare: call(1) })).toBe("U");
  expect(key({ ...strict, bare: call(2000, "refused") })).toBe("M");
  expect(key({ ...strict, bare: call(2000, "refused"), meshed: call(3000) })).toBe("R");
});

test("mutual TLS before STRICT is only said when a lock says so", () => {
  expect(toNextStep(stateOf())?.says).toContain("already");
  expect(toNextStep(stateOf({ lock: "not-measured" }))?.says).not.toContain("already");
});

test("while a change is being checked there is nothing to press", () => expect(key({ mode: "STRICT", changed: { ...change, enforcedAt: null } })).toBeNull());
test("a change that cannot be checked does not stop the story", () =>
  expect(key({ mode: "STRICT", changed: { ...change, enforcedAt: null, unverified: "no caller" } })).toBe("U"));
test("what was stored and not seen at the proxies is never said to hold", () => {
  const unseen = { ...change, enforcedAt: null, unverified: "Stored, but not seen at 3 of 3 workloads." };
  for (const mode of ["STRICT", "PERMISSIVE"] as const) {
    const changed = { ...unseen, mode };
    expect(toNextStep(stateOf({ mode, changed }))?.says).toBe(`${mode} is stored, but was not seen at the proxies. A call without sidecar shows what they do.`);
    // The call that the old policy decided: nobody was "let in under PERMISSIVE", and STRICT turned nobody away.
    expect(toNextStep(stateOf({ mode, changed, bare: call(2000, mode === "STRICT" ? "served" : "refused") }))).toBeNull();
    expect(key({ mode, changed, callers: { ...caller, name: null } })).toBeUndefined();
  }
});

test("three streams lead to STRICT, and once one is turned away to the end", () => {
  const running = (refused: number) => ({ kind: "keep-sending", byCaller: { "without-sidecar": { refused } } });
  expect(key({ running: running(0) })).toBe("T");
  expect(key({ mode: "STRICT", running: running(3) })).toBe("K");
});

test("without a caller without sidecar the step is left out", () => expect(key({ callers: { ...caller, name: null } })).toBe("T"));
test("a source that is down comes before the story", () => expect(toNextStep(stateOf({ kubernetes: "down" }))).toBeNull());
