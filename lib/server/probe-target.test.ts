import { expect, test } from "vitest";
import type { Service, Workload } from "@/lib/mesh/objects";
import { findProbeTarget } from "./probe-target";

const workload = (name: string, over: Partial<Workload> = {}): Workload => ({
  namespace: "shop",
  name,
  kind: "Deployment",
  labels: { app: name },
  app: name,
  version: null,
  serviceAccount: name,
  sidecar: "sidecar",
  containers: [],
  pods: [],
  ports: [8081],
  isGateway: false,
  ...over,
});
const service = (name: string, port = 8080, targetPort: number | string = 8081): Service => ({
  namespace: "shop",
  name,
  selector: { app: name },
  ports: [{ name: "http", port, targetPort }],
});
const gateways = [{ namespace: "shop", name: "door", selector: null, servers: [] }];
const route = (host: string, port: number | null = 8080, gateway = "door") => [
  { namespace: "shop", name: "v", hosts: ["x.io"], gateways: [gateway], destinations: [{ host, port, subset: null }] },
];

test.each(["cart", "cart.shop", "cart.shop.svc.cluster.local"])("the gateway's route to %s decides", (host) => {
  const target = findProbeTarget("shop", {
    gateways,
    virtualServices: route(host),
    services: [service("api"), service("cart")],
    workloads: [workload("api"), workload("cart")],
  });
  expect(target?.url).toBe("http://cart.shop:8080/");
  expect(target?.containerPort).toBe(8081);
});

test("a route for sidecars only is no way in; then the first meshed service is called", () => {
  const target = findProbeTarget("shop", {
    gateways,
    virtualServices: route("cart", 8080, "mesh"),
    services: [service("legacy"), service("api")],
    workloads: [workload("legacy", { sidecar: "none" }), workload("api")],
  });
  expect(target?.workload.name).toBe("api");
});

test("a service on whose port nobody listens is passed over", () => {
  const target = findProbeTarget("shop", {
    gateways: [],
    virtualServices: [],
    services: [service("sleep", 80, 80)],
    workloads: [workload("sleep", { ports: [] })],
  });
  expect(target).toBeNull();
});

test("nothing to call is null", () => expect(findProbeTarget("empty", { gateways, virtualServices: route("cart"), services: [], workloads: [] })).toBeNull());
