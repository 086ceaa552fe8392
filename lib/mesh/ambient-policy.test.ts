import { expect, test } from "vitest";
import { toAmbientPolicy } from "./ambient-policy";
import { decideWorkloadPolicy } from "./decide-policy";
import { toPolicy } from "./graph-edges";
import { CONFIG, policy, WEB_API } from "./testdata/objects";

const ambient = { ...WEB_API, sidecar: "ambient" as const };
const namespaceWide = (mode: "STRICT" | "DISABLE") => [policy({ namespace: "istioinaction", name: "default", mode })];

test("DISABLE means PERMISSIVE to ztunnel, and what the object says stays to be read", () => {
  const decided = toAmbientPolicy(decideWorkloadPolicy(namespaceWide("DISABLE"), CONFIG, ambient));
  expect(decided.mode).toBe("PERMISSIVE");
  expect(decided.steps.find(({ decides }) => decides)?.mode).toBe("DISABLE");
});

test("STRICT is STRICT, and a port's DISABLE an exception that lets plaintext in", () => {
  const own = policy({ namespace: "istioinaction", name: "own", mode: "STRICT", selector: { app: "web-api" }, ports: { 8081: "DISABLE" } });
  expect(toAmbientPolicy(decideWorkloadPolicy([own], CONFIG, ambient))).toMatchObject({ mode: "STRICT", ports: [{ port: 8081, mode: "PERMISSIVE" }] });
});

test.each([
  ["sidecar", "DISABLE"],
  ["ambient", "PERMISSIVE"],
  ["none", undefined],
  ["unknown", undefined],
] as const)("a workload of standing %s has mode %s under DISABLE", (sidecar, mode) => {
  expect(toPolicy({ ...WEB_API, sidecar }, { policies: namespaceWide("DISABLE"), config: CONFIG })?.mode).toBe(mode);
});
