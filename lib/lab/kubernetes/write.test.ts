import { expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { createTestClient, POLICIES, permissive, strict, toPolicy } from "./test-client";

const MERGE = { "content-type": "application/merge-patch+json" };
const JSON_PATCH = { "content-type": "application/json-patch+json" };
const RULES = "/apis/networking.istio.io/v1/namespaces/istioinaction/destinationrules";
const toRule = (spec: unknown) => ({ apiVersion: "networking.istio.io/v1", kind: "DestinationRule", metadata: { name: "web-api" }, spec });
const toCauses = (body: Record<string, unknown>) => (body.details as { causes: { reason: string; message: string; field: string }[] }).causes;

test("replacing needs the resourceVersion, refuses a stale one, keeps uid and creation, counts the generation", async () => {
  const client = createTestClient();
  const { body: created } = await client.send("POST", POLICIES, toPolicy(strict));
  const metadata = created.metadata as { resourceVersion: string; uid: string; creationTimestamp: string };
  const without = await client.send("PUT", `${POLICIES}/default`, toPolicy(permissive));
  expect([without.status, toCauses(without.body)[0]?.field]).toEqual([422, "metadata.resourceVersion"]);
  const replaced = await client.send("PUT", `${POLICIES}/default`, toPolicy(permissive, { resourceVersion: metadata.resourceVersion }));
  expect(replaced.body).toMatchObject({ spec: permissive, metadata: { uid: metadata.uid, creationTimestamp: metadata.creationTimestamp, generation: 2 } });
  const stale = await client.send("PUT", `${POLICIES}/default`, toPolicy(strict, { resourceVersion: metadata.resourceVersion }));
  expect([stale.status, stale.body.reason]).toEqual([409, "Conflict"]);
  const otherUid = await client.send("PATCH", `${POLICIES}/default`, { metadata: { uid: "00000000-0000-0000-0000-000000000000" } }, MERGE);
  expect(otherUid.status).toBe(409);
});

test("deleting holds on to both preconditions, and a collection goes by its labels", async () => {
  const client = createTestClient();
  await client.send("POST", POLICIES, toPolicy(strict, { labels: { demo: "yes" } }));
  await client.send("POST", POLICIES, toPolicy(permissive, { name: "other" }));
  const stale = await client.send("DELETE", `${POLICIES}/default`, { kind: "DeleteOptions", apiVersion: "v1", preconditions: { resourceVersion: "1" } });
  expect([stale.status, stale.body.message]).toEqual([409, expect.stringContaining("the ResourceVersion in the precondition (1) does not match")]);
  const dry = await client.send("DELETE", `${POLICIES}/default?dryRun=All`);
  expect([dry.status, client.store.list(RESOURCE.peerAuthentications).length]).toEqual([200, 2]);
  const many = await client.send("DELETE", `${POLICIES}?labelSelector=demo%3Dyes`);
  expect([many.status, many.body.kind]).toEqual([200, "PeerAuthenticationList"]);
  expect(client.store.list(RESOURCE.peerAuthentications).map(({ metadata }) => metadata.name)).toEqual(["other"]);
});

test("a namespace that is deleted takes its objects along", async () => {
  const client = createTestClient();
  await client.send("POST", POLICIES, toPolicy(strict));
  expect((await client.send("DELETE", "/api/v1/namespaces/istioinaction")).status).toBe(200);
  expect(client.store.list(RESOURCE.pods, "istioinaction")).toEqual([]);
  expect(client.store.list(RESOURCE.peerAuthentications)).toEqual([]);
});

test("a dry run changes nothing and shows what would be", async () => {
  const client = createTestClient();
  await client.send("POST", POLICIES, toPolicy(strict));
  const before = client.store.currentRevision();
  const dry = await client.send("PATCH", `${POLICIES}/default?dryRun=All`, { spec: permissive }, MERGE);
  expect(dry.body).toMatchObject({ spec: permissive, metadata: { generation: 2 } });
  expect(client.store.currentRevision()).toBe(before);
  const wrong = await client.send("POST", `${POLICIES}?dryRun=Some`, toPolicy(strict));
  expect([wrong.status, wrong.body.message]).toEqual([
    422,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "Some": supported values: "All"',
  ]);
});

test("JSON patch: add, replace, remove, move, copy, test", async () => {
  const client = createTestClient();
  await client.send("POST", POLICIES, toPolicy(strict));
  const patch = [
    { op: "test", path: "/spec/mtls/mode", value: "STRICT" },
    { op: "add", path: "/metadata/labels", value: { "a.b/c": "1" } },
    { op: "copy", from: "/metadata/labels/a.b~1c", path: "/metadata/labels/d" },
    { op: "move", from: "/metadata/labels/d", path: "/metadata/labels/e" },
    { op: "replace", path: "/spec/mtls/mode", value: "PERMISSIVE" },
    { op: "remove", path: "/metadata/labels/a.b~1c" },
  ];
  const patched = await client.send("PATCH", `${POLICIES}/default`, patch, JSON_PATCH);
  expect(patched.body).toMatchObject({ spec: permissive, metadata: { labels: { e: "1" } } });
  for (const operation of [
    { op: "replace", path: "/spec/nothing", value: 1 },
    { op: "remove", path: "/spec/nothing" },
    { op: "add", path: "/constructor/prototype/x", value: 1 },
  ]) {
    expect((await client.send("PATCH", `${POLICIES}/default`, [operation], JSON_PATCH)).status).toBe(422);
  }
  expect((await client.send("PATCH", `${POLICIES}/default`, { op: "add" }, JSON_PATCH)).status).toBe(400);
});

test("no body reaches a prototype", async () => {
  const client = createTestClient();
  await client.send(
    "POST",
    POLICIES,
    '{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"name":"p"},"spec":{},"__proto__":{"polluted":1}}',
  );
  await client.send("PATCH", `${POLICIES}/p`, '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}', MERGE);
  await client.send("PATCH", `${POLICIES}/p`, [{ op: "add", path: "/__proto__/polluted", value: 1 }], JSON_PATCH);
  expect("polluted" in {}).toBe(false);
  expect((await client.send("GET", `${POLICIES}/p`)).status).toBe(200);
});

test("unknown fields of a patch: warned of, refused when strict, passed over on request", async () => {
  const client = createTestClient();
  await client.send("POST", POLICIES, toPolicy(strict));
  const patch = { spec: { mtls: { extra: 1 } } };
  const warned = await client.send("PATCH", `${POLICIES}/default`, patch, MERGE);
  expect([warned.status, warned.warning]).toEqual([200, '299 - "unknown field \\"spec.mtls.extra\\""']);
  const refused = await client.send("PATCH", `${POLICIES}/default?fieldValidation=Strict`, patch, MERGE);
  expect([refused.status, refused.body.message]).toEqual([
    422,
    expect.stringMatching(/^ "" is invalid: patch: Invalid value: .*: strict decoding error: unknown field "spec\.mtls\.extra"$/),
  ]);
  const ignored = await client.send("PATCH", `${POLICIES}/default?fieldValidation=Ignore`, patch, MERGE);
  expect([ignored.status, ignored.warning]).toEqual([200, null]);
});

test.each([
  ["a selector with a wildcard key", { selector: { matchLabels: { "app*": "x" } } }, "spec.selector.matchLabels", "wildcard not allowed in label key match"],
  [
    "a label value of 64 characters",
    { selector: { matchLabels: { app: "x".repeat(64) } } },
    "spec.selector.matchLabels.app",
    "Too long: may not be more than 63 bytes",
  ],
  ["no port at all", { selector: { matchLabels: { app: "x" } }, portLevelMtls: {} }, "spec.portLevelMtls", "should have at least 1 properties"],
  ["a port that is a word", { selector: { matchLabels: { app: "x" } }, portLevelMtls: { http: {} } }, "spec.portLevelMtls", "port must be between 1-65535"],
  ["a spec that is text", "STRICT", "spec", 'spec in body must be of type object: "string"'],
  [
    "a mode of a port",
    { selector: { matchLabels: { app: "x" } }, portLevelMtls: { 80: { mode: "ON" } } },
    "spec.portLevelMtls.80.mode",
    'Unsupported value: "ON"',
  ],
])("a policy is refused for %s", async (_what, spec, field, message) => {
  const { status, body } = await createTestClient().send("POST", POLICIES, toPolicy(spec));
  expect(status).toBe(422);
  expect(toCauses(body)[0]).toMatchObject({ field, message: expect.stringContaining(message) });
});

test.each([
  ["without host", { trafficPolicy: {} }, "spec.host", "Required value"],
  ["with a TLS mode of its own", { host: "web-api", trafficPolicy: { tls: { mode: "STRICT" } } }, "spec.trafficPolicy.tls.mode", "Unsupported value"],
  ["with a subset without name", { host: "web-api", subsets: [{ labels: { version: "v1" } }] }, "spec.subsets[0].name", "Required value"],
  [
    "with a port that is text",
    { host: "web-api", trafficPolicy: { portLevelSettings: [{ port: { number: "80" } }] } },
    "spec.trafficPolicy.portLevelSettings[0].port.number",
    "must be of type integer",
  ],
])("a destination rule is refused %s", async (_what, spec, field, message) => {
  const { status, body } = await createTestClient().send("POST", RULES, toRule(spec));
  expect(status).toBe(422);
  expect(toCauses(body)[0]).toMatchObject({ field, message: expect.stringContaining(message) });
});

test("a destination rule is stored as it came and shown with its host", async () => {
  const client = createTestClient();
  const spec = { host: "web-api", trafficPolicy: { tls: { mode: "DISABLE" }, connectionPool: { tcp: { maxConnections: 1 } } } };
  expect((await client.send("POST", RULES, toRule(spec))).body.spec).toEqual(spec);
  const table = await client.send("GET", RULES, undefined, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
  expect(table.body.rows).toMatchObject([{ cells: ["web-api", "web-api", expect.any(String)] }]);
});

test.each([
  ["text where labels belong", { ...toPolicy(strict), metadata: { name: "x", labels: "a=b" } }, 400],
  ["a label that is a number", { ...toPolicy(strict), metadata: { name: "x", labels: { a: 1 } } }, 400],
  ["a label of forbidden characters", { ...toPolicy(strict), metadata: { name: "x", labels: { a: "b c" } } }, 422],
  ["a list instead of an object", [1], 400],
  ["another API version", { ...toPolicy(strict), apiVersion: "security.istio.io/v1beta1" }, 400],
  ["no kind", { apiVersion: "security.istio.io/v1", metadata: { name: "x" } }, 400],
  ["10,000 brackets", "[".repeat(10_000), 400],
  ["a name of 254 characters", toPolicy(strict, { name: "x".repeat(254) }), 422],
])("a body with %s is refused and nothing is stored", async (_what, body, status) => {
  const client = createTestClient();
  const answer = await client.send("POST", POLICIES, body);
  expect([answer.status, answer.body.kind]).toEqual([status, "Status"]);
  expect(client.store.list(RESOURCE.peerAuthentications)).toEqual([]);
});

test("core objects: labels by merge patch, a config map by strategic merge, a deployment not at all", async () => {
  const client = createTestClient();
  const labelled = await client.send("PATCH", "/api/v1/namespaces/default", { metadata: { labels: { "istio-injection": "enabled" } } }, MERGE);
  expect(labelled.body.metadata).toMatchObject({ labels: { "istio-injection": "enabled", "kubernetes.io/metadata.name": "default" } });
  const named = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", labels: { "kubernetes.io/metadata.name": "default" } } };
  await client.send("PATCH", "/api/v1/namespaces/default?fieldManager=x", named, { "content-type": "application/apply-patch+yaml" });
  const unnamed = await client.send(
    "PATCH",
    "/api/v1/namespaces/default?fieldManager=x",
    { ...named, metadata: { name: "default" } },
    { "content-type": "application/apply-patch+yaml" },
  );
  expect(unnamed.body.metadata).toMatchObject({ labels: { "kubernetes.io/metadata.name": "default" } });
  const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data: { a: "1", b: "2" } };
  expect((await client.send("POST", "/api/v1/namespaces/default/configmaps", map)).status).toBe(201);
  const merged = await client.send(
    "PATCH",
    "/api/v1/namespaces/default/configmaps/m",
    { data: { a: null, c: "3" } },
    { "content-type": "application/strategic-merge-patch+json" },
  );
  expect(merged.body.data).toEqual({ b: "2", c: "3" });
  expect((await client.send("DELETE", "/apis/apps/v1/namespaces/default/deployments/sleep")).status).toBe(405);
});
