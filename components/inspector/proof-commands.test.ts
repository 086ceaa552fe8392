import { expect, test } from "vitest";
import type { EffectivePolicy } from "@/lib/mesh/effective-policy";
import type { ObjectRef, PeerAuthentication } from "@/lib/mesh/objects";
import { toProofCommands, toWholeCommand } from "./proof-commands";
import { toSpeakingPolicies } from "./speaking-objects";

const KUBECTL = "kubectl --kubeconfig '/home/a $& b/config' --context lab";
const object = (namespace: string, name: string): ObjectRef => ({ kind: "PeerAuthentication", namespace, name });
const policy = {
  steps: [
    { scope: "mesh", object: object("istio-system", "default") },
    { scope: "namespace", object: null },
    { scope: "workload", object: object("lab", "web") },
  ],
  ports: [{ port: 80, object: object("lab", "web") }],
} as EffectivePolicy;
const workload = { kind: "workload", namespace: "lab", name: "web-api", workloadKind: "Deployment", sidecar: "sidecar", policy } as const;

test("only a bare kubectl at the start is made whole, whatever characters the path has", () => {
  expect(toWholeCommand("kubectl get pods -n kubectl ", KUBECTL)).toBe(`${KUBECTL} get pods -n kubectl `);
  expect(toWholeCommand("istioctl x kubectl", KUBECTL)).toBe("istioctl x kubectl");
});

test("each object that speaks, its proxy's log and its containers, all whole", () =>
  expect(toProofCommands(workload, KUBECTL).map(({ command }) => command.replace(KUBECTL, "kubectl"))).toEqual([
    "kubectl get peerauthentication default -n istio-system -o yaml",
    "kubectl get peerauthentication web -n lab -o yaml",
    "kubectl logs -n lab deployment/web-api -c istio-proxy --tail=20",
    expect.stringMatching(/^kubectl get pods -n lab -o custom-columns=/),
  ]));

test("each is called by what it shows", () =>
  expect(toProofCommands(workload, KUBECTL).map(({ caption }) => caption)).toEqual(["mesh policy", "workload policy", "its proxy's log", "containers"]));

test("without a policy all are listed; without a sidecar there is no proxy to ask", () =>
  expect(toProofCommands({ ...workload, policy: null, sidecar: "none" }, "kubectl").map(({ caption }) => caption)).toEqual(["policies", "containers"]));

test("what is no workload has nothing to show, and a name that a shell would obey gets near none", () => {
  expect(toProofCommands({ ...workload, kind: "client" }, "kubectl")).toEqual([]);
  const hostile = toProofCommands({ ...workload, name: "x; reboot" }, "kubectl");
  expect(hostile.some(({ command }) => command.includes("reboot"))).toBe(false);
});

test("YAML is of the objects that speak, once each, from mesh to workload", () => {
  const policies = [object("lab", "web"), object("lab", "other"), object("istio-system", "default")] as unknown as PeerAuthentication[];
  expect(toSpeakingPolicies(policy, policies).map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(["istio-system/default", "lab/web"]);
  expect(toSpeakingPolicies(null, policies)).toEqual([]);
});
