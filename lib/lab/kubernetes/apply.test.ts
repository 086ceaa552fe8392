import { expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { asAppliedByKubectl } from "./client-side-apply";
import { createTestClient, POLICIES, permissive, strict, type TestClient, toPolicy } from "./test-client";

const APPLY = { "content-type": "application/apply-patch+yaml" };
const MERGE = { "content-type": "application/merge-patch+json" };
const apply = (client: TestClient, manager: string, object: unknown, more = "") =>
  client.send("PATCH", `${POLICIES}/default?fieldManager=${manager}${more}`, object, APPLY);

const toOwners = (body: unknown) => {
  const { metadata } = body as { metadata: { managedFields?: { manager: string; operation: string; fieldsV1: unknown }[] } };
  return (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]);
};

const MODE = { "f:spec": { "f:mtls": { "f:mode": {} } } };

test("an apply conflicts with kubectl's client-side apply, names its version, and takes over by force", async () => {
  const client = createTestClient();
  const beta = "/apis/security.istio.io/v1beta1/namespaces/istioinaction/peerauthentications";
  await client.send("POST", `${beta}?fieldManager=kubectl-client-side-apply`, { ...toPolicy(permissive), apiVersion: "security.istio.io/v1beta1" });
  const refused = await apply(client, "padlock", toPolicy(strict));
  expect(refused.status).toBe(409);
  expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using security.istio.io/v1beta1: .spec.mtls.mode');
  expect(refused.body.details).toEqual({
    causes: [
      { reason: "FieldManagerConflict", message: 'conflict with "kubectl-client-side-apply" using security.istio.io/v1beta1', field: ".spec.mtls.mode" },
    ],
  });
  expect(client.store.get(RESOURCE.peerAuthentications, "istioinaction", "default")?.spec).toEqual(permissive);

  const forced = await apply(client, "padlock", toPolicy(strict), "&force=true");
  expect(forced.status).toBe(200);
  expect(toOwners(forced.body)).toEqual([
    ["padlock", "Apply", MODE],
    ["kubectl-client-side-apply", "Update", { "f:spec": { ".": {}, "f:mtls": {} } }],
  ]);
});

test("the same value from another manager is shared, and leaving it out later does not remove it", async () => {
  const client = createTestClient();
  await apply(client, "padlock", toPolicy(strict));
  const shared = await apply(client, "argocd", toPolicy(strict));
  expect(shared.status).toBe(200);
  expect(toOwners(shared.body).map(([manager]) => manager)).toEqual(["argocd", "padlock"]);
  const left = await apply(client, "padlock", toPolicy({}));
  expect(left.status).toBe(200);
  expect(left.body.spec).toEqual(strict);
});

test("a sole owner un-sets by leaving out the spec, and is refused an empty one", async () => {
  const client = createTestClient();
  await apply(client, "padlock", toPolicy(strict));
  const empty = await apply(client, "padlock", toPolicy({}));
  expect(empty.status).toBe(422);
  expect(empty.body.message).toContain('spec: Invalid value: "null": spec in body must be of type object');
  expect(client.store.get(RESOURCE.peerAuthentications, "istioinaction", "default")?.spec).toEqual(strict);
  const without = await apply(client, "padlock", toPolicy(undefined));
  expect(without.status).toBe(200);
  expect(without.body.spec).toBeUndefined();
  expect((await createTestClient().send("PATCH", `${POLICIES}/new?fieldManager=padlock`, toPolicy({}, { name: "new" }), APPLY)).status).toBe(201);
});

test("what nobody claimed belongs to before-first-apply once somebody applies", async () => {
  const client = createTestClient();
  client.store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istioinaction" },
    spec: permissive,
  });
  const refused = await apply(client, "padlock", toPolicy(strict));
  expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "before-first-apply" using security.istio.io/v1: .spec.mtls.mode');
});

test("a manifest can come into the store as kubectl would have applied it", async () => {
  const client = createTestClient();
  const manifest = {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istioinaction" },
    spec: permissive,
  };
  client.store.put(RESOURCE.peerAuthentications, asAppliedByKubectl(manifest, new Date()));
  const refused = await apply(client, "padlock", toPolicy(strict));
  expect(refused.body.message).toContain('conflict with "kubectl-client-side-apply" using security.istio.io/v1: .spec.mtls.mode');
  const { body } = await client.send("GET", `${POLICIES}/default`);
  expect(body.metadata).toMatchObject({
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration":
        '{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication","metadata":{"annotations":{},"name":"default","namespace":"istioinaction"},"spec":{"mtls":{"mode":"PERMISSIVE"}}}\n',
    },
  });
});

test("several conflicts are listed by manager", async () => {
  const client = createTestClient();
  const spec = { selector: { matchLabels: { app: "web-api" } }, mtls: { mode: "STRICT" }, portLevelMtls: { 8081: { mode: "DISABLE" } } };
  await apply(client, "a", toPolicy(spec));
  const refused = await apply(client, "b", toPolicy({ ...spec, mtls: { mode: "PERMISSIVE" }, portLevelMtls: { 8081: { mode: "STRICT" } } }));
  expect(refused.body.message).toBe('Apply failed with 2 conflicts: conflicts with "a":\n- .spec.mtls.mode\n- .spec.portLevelMtls.8081.mode');
});

test("a port, being a map's entry, is claimed with what is in it, and goes when it is no longer applied", async () => {
  const client = createTestClient();
  const selector = { matchLabels: { app: "web-api" } };
  const created = await apply(client, "padlock", toPolicy({ selector, portLevelMtls: { 8080: { mode: "DISABLE" }, 8081: { mode: "STRICT" } } }));
  expect(toOwners(created.body)).toEqual([
    [
      "padlock",
      "Apply",
      {
        "f:spec": {
          "f:portLevelMtls": { "f:8080": { ".": {}, "f:mode": {} }, "f:8081": { ".": {}, "f:mode": {} } },
          "f:selector": { "f:matchLabels": { "f:app": {} } },
        },
      },
    ],
  ]);
  const fewer = await apply(client, "padlock", toPolicy({ selector, portLevelMtls: { 8081: { mode: "STRICT" } } }));
  expect(fewer.body.spec).toEqual({ selector, portLevelMtls: { 8081: { mode: "STRICT" } } });
});

test("labels of the server's or of others stay when an apply says nothing of them", async () => {
  const client = createTestClient();
  await apply(client, "padlock", toPolicy(strict, { labels: { mine: "1" } }));
  await client.send("PATCH", `${POLICIES}/default?fieldManager=kubectl-label`, { metadata: { labels: { demo: "yes" } } }, MERGE);
  const applied = await apply(client, "padlock", toPolicy(strict));
  expect(applied.body.metadata).toMatchObject({ labels: { demo: "yes" }, generation: 1 });
});

test("an apply with the resourceVersion it saw fails once somebody else has written", async () => {
  const client = createTestClient();
  const { body } = await apply(client, "padlock", toPolicy(strict));
  const { resourceVersion } = body.metadata as { resourceVersion: string };
  await client.send("PATCH", `${POLICIES}/default?fieldManager=kubectl-edit`, { spec: permissive }, MERGE);
  const stale = await apply(client, "padlock", toPolicy(strict, { resourceVersion }), "&force=true");
  expect(stale.status).toBe(409);
  expect(stale.body.message).toContain("the object has been modified; please apply your changes to the latest version and try again");
  const gone = await client.send("PATCH", `${POLICIES}/gone?fieldManager=padlock`, toPolicy(strict, { name: "gone", resourceVersion }), APPLY);
  expect(gone.status).toBe(409);
});

test("an undeclared field fails the typed merge whatever fieldValidation says", async () => {
  const refused = await apply(createTestClient(), "padlock", toPolicy({ mtls: { mod: "STRICT" } }), "&fieldValidation=Ignore");
  expect(refused.status).toBe(500);
  expect(refused.body.message).toBe(
    "failed to create typed patch object (istioinaction/default; security.istio.io/v1, Kind=PeerAuthentication): .spec.mtls.mod: field not declared in schema",
  );
});

test("a YAML configuration is as good as JSON", async () => {
  const yaml = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\nspec:\n  mtls:\n    mode: STRICT\n";
  const applied = await createTestClient().send("PATCH", `${POLICIES}/default?fieldManager=x`, yaml, APPLY);
  expect(applied.status).toBe(201);
  expect(applied.body.spec).toEqual(strict);
});

test("an update takes only what it changes, and an unchanged one takes nothing and writes nothing", async () => {
  const client = createTestClient();
  const created = await client.send("POST", `${POLICIES}?fieldManager=a`, toPolicy(strict));
  const same = await client.send("PATCH", `${POLICIES}/default?fieldManager=b`, { spec: strict }, MERGE);
  expect(same.body).toEqual(created.body);
  const changed = await client.send("PATCH", `${POLICIES}/default`, { spec: permissive }, { ...MERGE, "user-agent": "kubectl/v1.32.4 (linux/amd64)" });
  expect(toOwners(changed.body)).toEqual([
    ["a", "Update", { "f:spec": { ".": {}, "f:mtls": {} } }],
    ["kubectl", "Update", MODE],
  ]);
});

test("a client may hand in managedFields of its own, and give all claims up", async () => {
  const client = createTestClient();
  const { body } = await client.send("POST", `${POLICIES}?fieldManager=a`, toPolicy(strict));
  const [entry] = (body.metadata as { managedFields: object[] }).managedFields;
  const renamed = await client.send("PATCH", `${POLICIES}/default?fieldManager=x`, { metadata: { managedFields: [{ ...entry, manager: "b" }] } }, MERGE);
  expect(toOwners(renamed.body).map(([manager]) => manager)).toEqual(["b"]);
  const reset = await client.send("PATCH", `${POLICIES}/default?fieldManager=x`, { metadata: { managedFields: [{}] } }, MERGE);
  expect(toOwners(reset.body)).toEqual([]);
});
