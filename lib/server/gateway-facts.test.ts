import { describe, expect, test } from "vitest";
import type { HttpRoute, KubernetesGateway } from "@/lib/kubernetes/gateway-api";
import { toGateway, toVirtualService } from "@/lib/kubernetes/gateway-objects";
import { toOutsideService } from "@/lib/kubernetes/gateway-service";
import type { Workload } from "@/lib/mesh/objects";
import { findGatewayRoute } from "./gateway-facts";

const meta = (namespace: string, name: string) => ({ namespace, name, uid: name, resourceVersion: "1", creationTimestamp: "2026-11-30T00:00:00Z" });
const some = <T>(value: T | null): T => {
  if (value === null) throw new Error("not readable");
  return value;
};
const gateway = (
  name: string,
  hosts: string[],
  { protocol = "HTTPS", tls = { mode: "SIMPLE", credentialName: "cert" } as object, selector = { istio: "ingressgateway" } as object } = {},
) => some(toGateway({ metadata: meta("istioinaction", name), spec: { selector, servers: [{ port: { number: 443, name: "https", protocol }, hosts, tls }] } }));
const virtual = (name: string, hosts: string[], gateways: string[], destination = "web-api.istioinaction.svc.cluster.local") =>
  some(toVirtualService({ metadata: meta("istioinaction", name), spec: { hosts, gateways, http: [{ route: [{ destination: { host: destination } }] }] } }));
const service = (name: string, spec: object = {}, status: object = {}) =>
  some(
    toOutsideService({
      metadata: meta("istio-system", name),
      spec: { selector: { istio: "ingressgateway" }, ports: [{ port: 443, name: "https" }], ...spec },
      status,
    }),
  );
const workload = (name: string, labels: Record<string, string>, parts: Partial<Workload> = {}): Workload => ({
  namespace: "istio-system",
  name,
  kind: "Deployment",
  labels,
  app: name,
  version: null,
  serviceAccount: name,
  sidecar: "none",
  containers: ["istio-proxy"],
  pods: [{ name: `${name}-1`, ip: "10.0.0.1", ready: true }],
  ports: [8443],
  isGateway: true,
  ...parts,
});

const INGRESS = workload("istio-ingressgateway", { istio: "ingressgateway" });
const NO_API = { gateways: [], routes: [] };
type Parts = Parameters<typeof findGatewayRoute>[0];
const find = (parts: Partial<Parts>, { wished = null as string | null, api = NO_API as { gateways: KubernetesGateway[]; routes: HttpRoute[] } } = {}) =>
  findGatewayRoute({ workloads: [INGRESS], outsideServices: [service("istio-ingressgateway")], gateways: [], virtualServices: [], ...parts }, api, wished, [
    "istioinaction",
  ]);

describe("the host", () => {
  test.each([
    ["of both", ["a.io"], ["a.io"], "a.io"],
    ["a wildcard Gateway, the route's name", ["*"], ["a.io"], "a.io"],
    ["a wildcard of a domain", ["*.io"], ["a.io"], "a.io"],
    ["with the namespace it is for", ["istioinaction/a.io"], ["*"], "a.io"],
    ["a route for everything", ["a.io"], ["*"], "a.io"],
  ])("%s", (_name, ofGateway, ofRoute, expected) => {
    expect(find({ gateways: [gateway("g", ofGateway)], virtualServices: [virtual("v", ofRoute, ["g"])] }).route?.host).toBe(expected);
  });
  test("a route into the namespace comes before others, and the person's word before all", () => {
    const gateways = [gateway("g", ["*"])];
    const virtualServices = [virtual("other", ["other.io"], ["g"], "x.shop"), virtual("own", ["own.io"], ["g"])];
    expect(find({ gateways, virtualServices }).route?.host).toBe("own.io");
    expect(find({ gateways, virtualServices }, { wished: "other.io" }).route?.host).toBe("other.io");
  });
  test("without a route the Gateway's own name is called: its 404 will tell", () =>
    expect(find({ gateways: [gateway("g", ["a.io"])] }).route?.host).toBe("a.io"));
  test.each([
    ["no Gateway", [], "no Gateway object"],
    ["plain HTTP alone", [gateway("g", ["a.io"], { protocol: "HTTP" })], "no HTTPS server"],
    ["wildcards alone", [gateway("g", ["*"])], "--gateway-host"],
    ["no pod behind it", [gateway("g", ["a.io"], { selector: { istio: "gone" } })], "selects no pod"],
  ])("%s: said, with the next step", (_name, gateways, words) => expect(find({ gateways }).missing).toContain(words));
  test("a name no Gateway serves", () => expect(find({ gateways: [gateway("g", ["a.io"])] }, { wished: "b.io" }).missing).toContain("b.io"));
});

test("the credential is beside the gateway's pods, and a server that wants a client's certificate says so", () => {
  expect(find({ gateways: [gateway("g", ["a.io"])] }).route).toMatchObject({
    credential: { namespace: "istio-system", name: "cert" },
    wantsClientCertificate: false,
  });
  expect(find({ gateways: [gateway("g", ["a.io"], { tls: { mode: "MUTUAL", credentialName: "cert" } })] }).route?.wantsClientCertificate).toBe(true);
});

test("of several Services of the same pods the one that is open to the outside is taken; without any the rest stands", () => {
  const outsideServices = [service("metrics"), service("open", {}, { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } })];
  expect(find({ gateways: [gateway("g", ["a.io"])], outsideServices }).route?.service?.name).toBe("open");
  expect(find({ gateways: [gateway("g", ["a.io"])], outsideServices: [] }).route?.service).toBeNull();
});

test("without a selector the pods of nothing but a proxy are meant", () => {
  const app = workload("web", { app: "web" }, { containers: ["web", "istio-proxy"], isGateway: false });
  expect(find({ workloads: [app, INGRESS], gateways: [gateway("g", ["a.io"], { selector: {} })] }).route?.workload?.name).toBe("istio-ingressgateway");
});

test("an application that carries the gateway's labels is not the gateway", () => {
  const app = workload("a-first", { istio: "ingressgateway" }, { containers: ["app", "istio-proxy"] });
  expect(find({ workloads: [app, INGRESS], gateways: [gateway("g", ["a.io"])] }).route?.workload?.name).toBe("istio-ingressgateway");
});

test("a Gateway of the Kubernetes Gateway API: its listener, its route, its own address", () => {
  const pods = workload("shop-istio", { "gateway.networking.k8s.io/gateway-name": "shop" }, { namespace: "istioinaction" });
  const api = {
    gateways: [
      {
        namespace: "istioinaction",
        name: "shop",
        addresses: ["192.0.2.9"],
        listeners: [{ port: 443, hostname: "*.shop.io", credential: { namespace: "istioinaction", name: "shop-cert" } }],
      },
    ],
    routes: [
      {
        namespace: "istioinaction",
        hostnames: ["a.shop.io"],
        gateways: ["istioinaction/shop"],
        backends: [{ namespace: "istioinaction", name: "web-api", port: 8080 }],
      },
    ],
  };
  expect(find({ workloads: [pods], outsideServices: [] }, { api }).route).toMatchObject({
    host: "a.shop.io",
    published: ["192.0.2.9"],
    credential: { name: "shop-cert" },
    servers: [{ port: 443, protocol: "HTTPS" }],
  });
  expect(find({ workloads: [] }, { api }).missing).toContain("No pod serves Gateway istioinaction/shop");
});
