import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type KubeManifest, RESOURCE, type ResourceKey, type Store } from "../objects";
import { createLabStore } from "./fixtures/lab-objects";
import { getMeshTls, getNamespaceTls, listNamespaceTls, TlsStatusError } from "./tls";

type Placed = [ResourceKey, KubeManifest];
const policy = (namespace: string, spec: Record<string, unknown>, name = "default"): Placed => [
  RESOURCE.peerAuthentications,
  { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name, namespace }, spec },
];
const rule = (namespace: string, host: string, mode: string): Placed => [
  RESOURCE.destinationRules,
  {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: `try-${mode.toLowerCase()}`, namespace },
    spec: { host, trafficPolicy: { tls: { mode } } },
  },
];
const mtls = (mode: string) => ({ mtls: { mode } });
const meshAndNamespace = (store: Store) => [
  getMeshTls(store).status,
  getNamespaceTls(store, "istioinaction").status,
  getNamespaceTls(store, "istio-system").status,
];

const recordings = new URL("testdata/recordings/", import.meta.url);
test.each(readdirSync(recordings).filter((file) => file.includes("-tls-")))("%s, every value", (file) => {
  const { request, response } = JSON.parse(readFileSync(new URL(file, recordings), "utf8"));
  const [, where, mode] = /-tls-(mesh|namespace)-(\w+)\.json$/.exec(file) ?? [];
  const store = createLabStore();
  if (where !== undefined && mode !== undefined) store.put(...policy(where === "mesh" ? "istio-system" : "istioinaction", mtls(mode.toUpperCase())));
  const live = request.path.includes("/mesh/")
    ? getMeshTls(store)
    : request.path.includes("/clusters/")
      ? listNamespaceTls(store)
      : getNamespaceTls(store, "istioinaction");
  expect(live).toEqual(response.body);
});

const STRICT = policy("istio-system", mtls("STRICT"));
const HOST = "*.istioinaction.svc.cluster.local";
// Seen on a real Kiali beside a real mesh: mesh, namespace, root namespace.
test.each<[string, Placed[], string[]]>([
  ["nothing", [], ["MTLS_NOT_ENABLED", "UNSET", "MTLS_NOT_ENABLED"]],
  ["an empty spec", [policy("istioinaction", {})], ["MTLS_NOT_ENABLED", "UNSET", "MTLS_NOT_ENABLED"]],
  [
    "a workload's policy",
    [policy("istioinaction", { selector: { matchLabels: { app: "web-api" } }, ...mtls("STRICT") })],
    ["MTLS_NOT_ENABLED", "UNSET", "MTLS_NOT_ENABLED"],
  ],
  [
    "a selector in the root namespace",
    [policy("istio-system", { selector: { matchLabels: { app: "web-api" } }, ...mtls("STRICT") })],
    ["MTLS_NOT_ENABLED", "UNSET", "MTLS_NOT_ENABLED"],
  ],
  ["mesh STRICT", [STRICT], ["MTLS_ENABLED", "UNSET_INHERITED_STRICT", "MTLS_ENABLED"]],
  ["mesh PERMISSIVE", [policy("istio-system", mtls("PERMISSIVE"))], ["MTLS_PARTIALLY_ENABLED", "UNSET", "MTLS_PARTIALLY_ENABLED"]],
  ["mesh UNSET written out", [policy("istio-system", mtls("UNSET"))], ["MTLS_PARTIALLY_ENABLED", "UNSET", "MTLS_PARTIALLY_ENABLED"]],
  ["mesh DISABLE", [policy("istio-system", mtls("DISABLE"))], ["MTLS_DISABLED", "UNSET_INHERITED_DISABLED", "MTLS_DISABLED"]],
  ["mesh STRICT, namespace PERMISSIVE", [STRICT, policy("istioinaction", mtls("PERMISSIVE"))], ["MTLS_ENABLED", "MTLS_PARTIALLY_ENABLED", "MTLS_ENABLED"]],
  ["mesh STRICT, namespace DISABLE", [STRICT, policy("istioinaction", mtls("DISABLE"))], ["MTLS_ENABLED", "MTLS_DISABLED", "MTLS_ENABLED"]],
  ["mesh STRICT, namespace UNSET", [STRICT, policy("istioinaction", mtls("UNSET"))], ["MTLS_ENABLED", "UNSET_INHERITED_STRICT", "MTLS_ENABLED"]],
  [
    "mesh PERMISSIVE, namespace STRICT",
    [policy("istio-system", mtls("PERMISSIVE")), policy("istioinaction", mtls("STRICT"))],
    ["MTLS_PARTIALLY_ENABLED", "MTLS_ENABLED", "MTLS_PARTIALLY_ENABLED"],
  ],
  [
    "two without selector",
    [policy("istioinaction", mtls("STRICT")), policy("istioinaction", mtls("PERMISSIVE"), "second")],
    ["MTLS_NOT_ENABLED", "MTLS_VALIDATION_ERROR", "MTLS_NOT_ENABLED"],
  ],
  ["an empty selector", [policy("istioinaction", { selector: {}, ...mtls("STRICT") })], ["MTLS_NOT_ENABLED", "MTLS_NOT_ENABLED", "MTLS_NOT_ENABLED"]],
  ["*.local mutual in an injected namespace", [rule("istioinaction", "*.local", "ISTIO_MUTUAL")], ["MTLS_ENABLED", "UNSET_INHERITED_STRICT", "MTLS_ENABLED"]],
  [
    "mesh STRICT, *.local DISABLE in the root namespace",
    [STRICT, rule("istio-system", "*.local", "DISABLE")],
    ["MTLS_ENABLED", "UNSET_INHERITED_STRICT", "MTLS_ENABLED"],
  ],
  [
    "mesh STRICT, *.local DISABLE in an injected namespace",
    [STRICT, rule("istioinaction", "*.local", "DISABLE")],
    ["MTLS_PARTIALLY_ENABLED", "UNSET", "MTLS_PARTIALLY_ENABLED"],
  ],
  [
    "namespace STRICT, a service's rule DISABLE",
    [policy("istioinaction", mtls("STRICT")), rule("istioinaction", "web-api.istioinaction.svc.cluster.local", "DISABLE")],
    ["MTLS_NOT_ENABLED", "MTLS_ENABLED", "MTLS_NOT_ENABLED"],
  ],
  [
    "namespace STRICT, its rule DISABLE",
    [policy("istioinaction", mtls("STRICT")), rule("istioinaction", HOST, "DISABLE")],
    ["MTLS_NOT_ENABLED", "MTLS_PARTIALLY_ENABLED", "MTLS_NOT_ENABLED"],
  ],
  [
    "namespace DISABLE, its rule mutual",
    [policy("istioinaction", mtls("DISABLE")), rule("istioinaction", HOST, "ISTIO_MUTUAL")],
    ["MTLS_NOT_ENABLED", "MTLS_VALIDATION_ERROR", "MTLS_NOT_ENABLED"],
  ],
])("%s", (_, objects, expected) => {
  const store = createLabStore();
  for (const each of objects) store.put(...each);
  expect(meshAndNamespace(store)).toEqual(expected);
});

test("without auto mTLS a STRICT policy needs its rule", () => {
  const store = createLabStore();
  store.put(RESOURCE.configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "istio", namespace: "istio-system" },
    data: { mesh: "enableAutoMtls: false\nmeshMTLS: {minProtocolVersion: TLSV1_3}\n" },
  });
  store.put(...policy("istioinaction", mtls("STRICT")));
  expect(getMeshTls(store)).toMatchObject({ autoMTLSEnabled: false, minTLS: "TLSV1_3" });
  expect(getNamespaceTls(store, "istioinaction").status).toBe("MTLS_VALIDATION_ERROR");
  store.put(...rule("istioinaction", HOST, "ISTIO_MUTUAL"));
  expect(getNamespaceTls(store, "istioinaction").status).toBe("MTLS_ENABLED");
});

test("what is not there is an error in Kiali's words; a list leaves it out", () => {
  const store = createLabStore();
  expect(() => getMeshTls(store, undefined, "nope")).toThrow("revision [nope] not found on cluster [Kubernetes]");
  expect(() => getMeshTls(store, "nope")).toThrow("revision [default] not found on cluster [nope]");
  expect(() => getNamespaceTls(store, "nowhere")).toThrow('namespaces "nowhere" not found');
  expect(() => getNamespaceTls(store, "istioinaction", "nope")).toThrow(
    "kiali ServiceAccount Client for cluster [nope] is not found or is not accessible for Kiali",
  );
  expect(listNamespaceTls(store, ["istioinaction", "nowhere"]).map(({ namespace }) => namespace)).toEqual(["istioinaction"]);
  store.remove(RESOURCE.deployments, "istio-system", "istiod");
  expect(() => getMeshTls(store)).toThrow(new TlsStatusError("no controlplanes found on cluster [Kubernetes]"));
});
