import { expect, test } from "vitest";
import { findControlPlanes, findRevision } from "@/lib/kubernetes/control-plane";
import { type Pod, toPod } from "@/lib/kubernetes/pod-objects";
import type { MeshConfig } from "@/lib/mesh/objects";
import { createControlPlanes, toConfigsByNamespace } from "./control-planes";

function pod(namespace: string, name: string, labels: Record<string, string>, containers = ["app", "istio-proxy"]): Pod {
  const read = toPod({ metadata: { namespace, name, labels }, spec: { containers: containers.map((each) => ({ name: each })) }, status: { phase: "Running" } });
  if (read === null) throw new Error("not a pod");
  return read;
}

const istiod = (namespace: string, revision?: string) =>
  pod(namespace, `istiod-${revision ?? "x"}`, { app: "istiod", ...(revision === undefined ? {} : { "istio.io/rev": revision }) }, ["discovery"]);
const config = (rootNamespace: string): MeshConfig => ({ rootNamespace, trustDomain: "cluster.local", enableAutoMtls: true, read: true });

test("each revision of istiod is a control plane with a ConfigMap of its own", () => {
  expect(findControlPlanes([istiod("istio-system"), istiod("istio-system", "canary"), istiod("other-mesh", "blue")])).toMatchObject([
    { revision: "blue", namespace: "other-mesh", configMap: "istio-blue" },
    { revision: "canary", namespace: "istio-system", configMap: "istio-canary" },
    { revision: "default", namespace: "istio-system", configMap: "istio" },
  ]);
  expect(findControlPlanes([pod("shop", "web", { app: "web" })])).toEqual([]);
});

test("a namespace follows the revision its sidecars carry, else its label", () => {
  const canary = pod("shop", "a", { "istio.io/rev": "canary" });
  expect(findRevision([canary, canary, pod("shop", "b", { "istio.io/rev": "default" })], "stable")).toBe("canary");
  expect(findRevision([], "stable")).toBe("stable");
  expect(findRevision([pod("shop", "c", { "istio.io/rev": "canary" }, ["app"])], undefined)).toBeNull();
});

test("the configuration of each revision holds where its sidecars are; istiods that come are followed, those that go are let go", () => {
  const watched: string[] = [];
  const ended: string[] = [];
  const planes = createControlPlanes({
    watch({ namespace, configMap }, take, signal) {
      watched.push(`${namespace}/${configMap}`);
      signal.addEventListener("abort", () => ended.push(`${namespace}/${configMap}`));
      take(config(configMap === "istio" ? "istio-system" : "canary-root"));
    },
  });
  planes.reconsider(null);
  expect(watched).toEqual(["istio-system/istio"]);
  const pods = [istiod("istio-system"), istiod("istio-system", "canary"), pod("shop", "a", { "istio.io/rev": "canary" }), pod("bank", "b", {})];
  planes.reconsider(pods);
  expect(watched).toEqual(["istio-system/istio", "istio-system/istio-canary"]);
  const configs = toConfigsByNamespace(planes.all(), [], pods);
  expect([...configs]).toEqual([["shop", { ...config("canary-root"), revision: "canary" }]]);
  planes.reconsider([istiod("istio-system")]);
  expect(ended).toEqual(["istio-system/istio-canary"]);
  expect(toConfigsByNamespace(planes.all(), [], pods).size).toBe(0);
});
