import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { LiveState } from "@/lib/api/state";
import { type Lab, startLab } from "@/lib/lab/lab";
import { createRuntime } from "./create-runtime";
import type { Runtime } from "./runtime";
import { toLabConfig } from "./testdata/lab-config";

/** Padlock with a user who may get, list and watch, and nothing else: everything is shown, and each control says what is missing. */
const NAMESPACE = "istioinaction";
const VIEW = { namespaces: [NAMESPACE], window: 60 };

let folder: string;
let lab: Lab;
let runtime: Runtime;
let state: LiveState;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  folder = await mkdtemp(path.join(tmpdir(), "padlock-viewer-"));
  lab = await startLab({ directory: folder, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  process.env["PADLOCK_CONFIG"] = toLabConfig(lab, { label: "viewer", kind: "cluster", context: "padlock-lab-viewer" });
  runtime = await createRuntime();
  await vi.waitFor(
    () => {
      state = runtime.readState(VIEW);
      expect(state.sources.kubernetes.state).toBe("ok");
      expect(state.mesh.probeTarget).not.toBeNull();
      expect(state.unread).toEqual([]);
      // Each verb is a question of its own, and an answer of its own.
      expect(Object.values(state.rights).filter(({ allowed }) => allowed === null)).toHaveLength(0);
      expect(state.rights.switch.says).toContain("create, patch or delete");
      expect(state.rights["probe-with-sidecar"].says).toContain("get or create");
      expect(state.rights["probe-without-sidecar"].says).toContain("get or create");
    },
    { timeout: 30_000, interval: 50 },
  );
}, 60_000);
afterAll(async () => {
  await runtime.close();
  await lab.close();
  await rm(folder, { recursive: true, force: true });
});

test("everything is shown: nothing is unread, the policies decide, the workloads stand in the graph", () => {
  expect(state.unread).toEqual([]);
  expect(state.mesh.config.read).toBe(true);
  expect(state.mesh.effective[0]?.policy).toMatchObject({ mode: "PERMISSIVE", from: "mesh" });
  expect(state.graph.nodes.map(({ id }) => id)).toContain(`${NAMESPACE}/web-api`);
  expect(state.switch).toMatchObject({ position: "inherit", inherits: { mode: "PERMISSIVE" } });
});

test("each control says which verb on what in which namespace is missing, for whom, and what somebody else could run", () => {
  const { rights } = state;
  expect(rights.switch.says).toBe(`padlock-viewer may not create, patch or delete peerauthentications.security.istio.io in ${NAMESPACE}.`);
  expect(rights.switch.command).toMatch(/^kubectl apply -f - <</);
  expect(rights.switch.grant).toContain("--user=padlock-viewer");
  expect(rights["probe-without-sidecar"].says).toBe("padlock-viewer may not get or create pods/exec in default.");
  expect(rights["probe-with-sidecar"].says).toBe(`padlock-viewer may not get or create pods/exec in ${NAMESPACE}.`);
  expect(rights.reset.allowed).toBe(false);
  expect(rights["read-secret"].allowed).toBe(false);
  expect(rights["read-logs"].allowed).toBe(true);
  expect(JSON.stringify(rights)).not.toContain(lab.kubeconfig);
});

test("who asks all the same is refused by the cluster, in its own words, and nothing is written", async () => {
  const refusal = await runtime.switchPolicy({ namespace: NAMESPACE, position: "STRICT", expected: null }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "forbidden-by-cluster", status: 403, message: expect.stringContaining('User "padlock-viewer" cannot create') });
  await expect(runtime.probe({ namespace: NAMESPACE, caller: "without-sidecar" }, AbortSignal.timeout(10_000))).rejects.toMatchObject({
    code: "forbidden-by-cluster",
  });
  expect(runtime.readState(VIEW).mesh.policies.map(({ namespace }) => namespace)).toEqual(["istio-system"]);
});
