import { expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { createTestClient, POLICIES, permissive, strict, type TestClient, toPolicy } from "./test-client";
import { createTestStore } from "./test-cluster";

interface WatchEvent {
  type: string;
  object: {
    kind: string;
    metadata: { name?: string; resourceVersion?: string; annotations?: Record<string, string> };
    code?: number;
    columnDefinitions?: unknown;
    rows?: { cells: unknown[] }[];
  };
}

/** A watch as the events it has sent so far. */
async function watch(client: TestClient, query: string, headers: Record<string, string> = {}) {
  const hangUp = new AbortController();
  const response = await client.handle(
    new Request(`https://lab${POLICIES}?watch=true&${query}`, { headers: { authorization: "Bearer admin-token", ...headers }, signal: hangUp.signal }),
  );
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let rest = "";
  /** The next event; undefined when the stream has ended. */
  const next = async (): Promise<WatchEvent | undefined> => {
    while (!rest.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      rest += new TextDecoder().decode(value);
    }
    const line = rest.slice(0, rest.indexOf("\n"));
    rest = rest.slice(line.length + 1);
    return JSON.parse(line) as WatchEvent;
  };
  return { next, hangUp: () => hangUp.abort() };
}

const create = (client: TestClient, name: string, labels = {}) => client.send("POST", POLICIES, toPolicy(strict, { name, labels }));
const merge = (client: TestClient, name: string, patch: unknown) =>
  client.send("PATCH", `${POLICIES}/${name}`, patch, { "content-type": "application/merge-patch+json" });
const toLine = (event: WatchEvent | undefined) => event && [event.type, event.object.metadata.name];

test("create, change and delete arrive with rising revisions, then a bookmark when the time is over", async () => {
  const client = createTestClient();
  const start = client.store.currentRevision();
  const { next } = await watch(client, `resourceVersion=${start}&allowWatchBookmarks=true&timeoutSeconds=1`);
  await create(client, "default");
  await merge(client, "default", { spec: permissive });
  await client.send("DELETE", `${POLICIES}/default`);
  const events = [await next(), await next(), await next(), await next(), await next()];
  expect(events.map((event) => [event?.type, event?.object.metadata.resourceVersion])).toEqual([
    ["ADDED", String(start + 1)],
    ["MODIFIED", String(start + 2)],
    ["DELETED", String(start + 3)],
    ["BOOKMARK", String(start + 3)],
    [undefined, undefined],
  ]);
});

test("what happened between the list and the watch is not lost, and other namespaces are not shown", async () => {
  const client = createTestClient();
  const listed = await client.send("GET", POLICIES);
  await create(client, "early");
  client.store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "mesh", namespace: "istio-system" },
    spec: {},
  });
  const { next, hangUp } = await watch(client, `resourceVersion=${(listed.body.metadata as { resourceVersion: string }).resourceVersion}`);
  await create(client, "late");
  expect([toLine(await next()), toLine(await next())]).toEqual([
    ["ADDED", "early"],
    ["ADDED", "late"],
  ]);
  hangUp();
});

test("without a resourceVersion a watch begins with what there is; a streaming list says when that was all", async () => {
  const client = createTestClient();
  await create(client, "a");
  const plain = await watch(client, "");
  expect(toLine(await plain.next())).toEqual(["ADDED", "a"]);
  plain.hangUp();
  const streaming = await watch(client, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
  expect(toLine(await streaming.next())).toEqual(["ADDED", "a"]);
  const bookmark = await streaming.next();
  expect([bookmark?.type, bookmark?.object.metadata.annotations]).toEqual(["BOOKMARK", { "k8s.io/initial-events-end": "true" }]);
  streaming.hangUp();
  const wrong = await client.send("GET", `${POLICIES}?watch=true&sendInitialEvents=true`);
  expect([wrong.status, wrong.body.message]).toEqual([422, expect.stringContaining("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]);
});

test("an object that begins or stops to match the selector comes and goes", async () => {
  const client = createTestClient();
  const { next, hangUp } = await watch(client, `labelSelector=demo%3Dyes&resourceVersion=${client.store.currentRevision()}`);
  await create(client, "default");
  await merge(client, "default", { metadata: { labels: { demo: "yes" } } });
  await merge(client, "default", { spec: permissive });
  await merge(client, "default", { metadata: { labels: null } });
  expect([await next(), await next(), await next()].map((event) => event?.type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  hangUp();
});

test("a revision the history has forgotten is 410 inside the stream; the one after it is not", async () => {
  const store = createTestStore();
  const client = createTestClient({ store });
  for (let i = 0; i < 2_100; i++)
    store.put(RESOURCE.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "busy", namespace: "default" }, data: { i: String(i) } });
  const { next } = await watch(client, "resourceVersion=300");
  const event = await next();
  expect([event?.type, event?.object.code]).toEqual(["ERROR", 410]);
  expect(await next()).toBeUndefined();
  const recent = await watch(client, `resourceVersion=${store.currentRevision() - 1_999}`);
  await create(client, "default");
  expect(toLine(await recent.next())).toEqual(["ADDED", "default"]);
  recent.hangUp();
});

test("kubectl get --watch: every event is a table, the first with columns", async () => {
  const client = createTestClient();
  const { next, hangUp } = await watch(client, `resourceVersion=${client.store.currentRevision()}`, {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  });
  await create(client, "default");
  await merge(client, "default", { spec: permissive });
  const [first, second] = [await next(), await next()];
  expect([first?.object.kind, Array.isArray(first?.object.columnDefinitions), first?.object.rows?.[0]?.cells.slice(0, 2)]).toEqual([
    "Table",
    true,
    ["default", "STRICT"],
  ]);
  expect([second?.type, second?.object.columnDefinitions, second?.object.rows?.[0]?.cells[1]]).toEqual(["MODIFIED", null, "PERMISSIVE"]);
  hangUp();
});

test("hanging up ends the stream", async () => {
  const client = createTestClient();
  const { next, hangUp } = await watch(client, `resourceVersion=${client.store.currentRevision()}`);
  hangUp();
  expect(await next()).toBeUndefined();
});

test("paging goes through everything once, in order", async () => {
  const client = createTestClient();
  for (const name of ["c", "a", "b", "e", "d"]) await create(client, name);
  const names: string[] = [];
  let token = "";
  do {
    const page = await client.send("GET", `${POLICIES}?limit=2${token ? `&continue=${token}` : ""}`);
    names.push(...(page.body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name));
    token = (page.body.metadata as { continue?: string }).continue ?? "";
  } while (token !== "");
  expect(names).toEqual(["a", "b", "c", "d", "e"]);
});

test.each([
  ["app in (web-api, sleep)", 2],
  ["app notin (web-api)", 3],
  ["app!=sleep,version", 3],
  ["!version", 1],
  ["app=web-api,version=v1", 1],
  ["app=", 0],
])("label selector %s matches %i pods of istioinaction", async (selector, count) => {
  const { body } = await createTestClient().send("GET", `/api/v1/namespaces/istioinaction/pods?labelSelector=${encodeURIComponent(selector)}`);
  expect(body.items).toHaveLength(count);
});

test.each(["app in web-api", "app in (a", ",", "app=a,", "a b"])("label selector %s is refused", async (selector) => {
  expect((await createTestClient().send("GET", `/api/v1/pods?labelSelector=${encodeURIComponent(selector)}`)).status).toBe(400);
});
