import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createHandler } from "./handler";
import { isJsonObject } from "./json";
import { ADMIN_TOKEN, createTestDataPlane, createTestStore, TOKENS, VIEWER_TOKEN } from "./test-cluster";

/** Every answer a real API server gave is asked of the lab's again, each in the state the real one was in. */

interface Recording {
  what: string;
  request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}

const FOLDER = new URL("testdata/recordings/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as Recording;

/** What the lab answers otherwise on purpose. */
const NOT_APPLICABLE: Record<string, string> = {
  "exec-no-upgrade": "recorded on a node without kubelet; the lab's has one and asks for an upgrade",
  "log-no-kubelet": "recorded on a node without kubelet; the lab has logs",
  "list-rv-too-old": "etcd still had that revision; the lab keeps the present state only and answers 410",
  "service-proxy-strict-pooled": "shows the API server's reuse of a connection; the lab opens a new one each time, so that the proxy is a probe",
  "service-proxy-no-endpoints": "the sidecar's reset of a STRICT port without listener: the data plane's part; the API server's is service-proxy-strict",
  "service-proxy-kiali": "recorded without a Kiali service, like service-proxy-missing",
  "watch-list": "recorded against etcd 3.4, which lacks progress notifications; the lab can stream a list",
  watch: "a sequence of writes while it runs: watch.test.ts",
};

/** In this order the recordings made and changed the one policy; each answer depends on the ones before. */
const STORY = ["ssa-dry-run-create", "ssa-create", "ssa-again-same", "ssa-update", "ssa-conflict", "ssa-force", "merge-patch"];
const WITH_POLICY = [
  [
    "v1beta1-get",
    "table-get",
    "table-list",
    "table-include-object-none",
    "create-duplicate",
    "method-not-allowed",
    "json-patch-stale",
    "json-patch-test-fails",
  ],
  ["strategic-merge", "not-acceptable", "delete-wrong-uid", "delete"],
].flat();
/** Sent by the user who may only read. */
const BY_VIEWER = ["forbidden", "service-proxy-forbidden", "ssar", "ssrr"];

const WEB_API_PATH = { name: "web-api", uri: "/", type: "HTTP", body: "Hello From Web API" };

function createApi() {
  const dataPlane = createTestDataPlane({
    "10.88.0.11:8081": { status: 200, body: JSON.stringify(WEB_API_PATH), type: "application/json" },
    "10.88.0.14:80": {
      status: 503,
      body: "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure",
      type: "text/plain",
    },
  });
  const store = createTestStore();
  const context = { store, dataPlane, tokens: TOKENS, version: { major: "1", minor: "35", gitVersion: "v1.35.4" } };
  const strict = createTestDataPlane({ "10.88.0.11:8081": { code: "ECONNRESET" } });
  return { handle: createHandler(context), handleStrict: createHandler({ ...context, dataPlane: strict }) };
}

type Handle = ReturnType<typeof createHandler>;

async function replay(handle: Handle, name: string): Promise<{ status: number; type: string | null; warning: string | null; body: unknown }> {
  const { method, path, headers, body } = read(name).request;
  const token = name === "unauthorized" ? "nobody-has-this" : BY_VIEWER.includes(name) ? VIEWER_TOKEN : ADMIN_TOKEN;
  const { Authorization: _, ...sent } = headers;
  const request = new Request(`https://10.88.0.1:6443${path.replace(/timeoutSeconds=\d+/, "timeoutSeconds=1")}`, {
    method,
    headers: {
      ...sent,
      ...(name === "anonymous" ? {} : { authorization: `Bearer ${token}` }),
      ...(typeof body === "string" || "Content-Type" in sent ? {} : { "content-type": "application/json" }),
    },
    ...(body === null ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const response = await handle(request);
  const text = await response.text();
  const isStream = path.includes("watch=true");
  const lines = text.split("\n").filter((line) => line !== "");
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    warning: response.headers.get("warning"),
    body: isStream ? lines.map((line) => JSON.parse(line) as unknown) : isJson ? JSON.parse(text) : text,
  };
}

/** Takes out what differs from run to run: ids, times, revisions, ages, ports of connections, words of Kubernetes' own documentation. */
function toSteady(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => toSteady(item));
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toSteady(child, name)]));
  if (["uid", "resourceVersion", "time", "creationTimestamp", "continue", "description"].includes(key) && typeof value === "string" && value !== "")
    return `<${key}>`;
  if (typeof value !== "string") return value;
  return value
    .replace(/^\d+[smhd](\d+[smh])?$/, "<age>")
    .replace(/UID in record \([^)]*\)/, "UID in record (<uid>)")
    .replace(/read tcp \S+->/, "read tcp ")
    .replace(/too old resource version: 1 \(\d+\)/, "too old resource version: 1 (<oldest>)");
}

function expectAsRecorded(name: string, got: Awaited<ReturnType<typeof replay>>): void {
  const { response } = read(name);
  expect({ name, status: got.status }).toEqual({ name, status: response.status });
  if (response.headers["Content-Type"]) expect(got.type).toBe(response.headers["Content-Type"]);
  expect(got.warning ?? undefined).toBe(response.headers.Warning);
  expect(toSteady(got.body)).toEqual(toSteady(response.body));
}

/** Answers that agree in part, with what is left aside and why. */
const PARTLY: Record<string, (got: unknown, recorded: unknown) => void> = {
  // The lab is not that build of Kubernetes and does not claim to be.
  version: (got, recorded) => expect(pick(got, "major", "minor", "gitVersion")).toEqual(pick(recorded, "major", "minor", "gitVersion")),
  // The lab's reader may read, the recording's could not; what every user may do is the same.
  ssrr: (got, recorded) =>
    expect(JSON.stringify(at(got, "status", "resourceRules"))).toContain(JSON.stringify(at(recorded, "status", "resourceRules")).slice(1, -1)),
  // The real one reports the fields of a review that is never stored.
  ssar: (got, recorded) => expect(pick(got, "kind", "apiVersion", "spec", "status")).toEqual(pick(recorded, "kind", "apiVersion", "spec", "status")),
  // The lab serves no other kind of the group and no status subresource.
  "security-group-v1": (got, recorded) => {
    const { storageVersionHash: _, ...wanted } = findByName(recorded, "peerauthentications");
    expect(findByName(got, "peerauthentications")).toMatchObject(wanted);
  },
  "table-pods": expectSameRows,
  "table-deployments": expectSameRows,
  "table-services": expectSameRows,
  "table-namespaces": expectSameRows,
  // The pods here are plainer than the recording's: which are listed and how is what counts.
  "field-selector": expectSameItems,
  "label-selector": expectSameItems,
  "limit-continue": expectSameItems,
  // The upstream's own words: only the API server's part of them is its own.
  "service-proxy-permissive": (got, recorded) => expect(got).toEqual(pick(recorded, "name", "uri", "type", "body")),
};

const at = (value: unknown, ...path: string[]) => path.reduce<unknown>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
const pick = (value: unknown, ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, at(value, key)]));
const list = (value: unknown) => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const findByName = (value: unknown, name: string) => list(at(value, "resources")).find((resource) => resource.name === name) ?? {};

function expectSameRows(got: unknown, recorded: unknown): void {
  expect(toSteady(at(got, "columnDefinitions"))).toEqual(toSteady(at(recorded, "columnDefinitions")));
  expect(toSteady(list(at(got, "rows")).map((row) => row.cells))).toEqual(toSteady(list(at(recorded, "rows")).map((row) => row.cells)));
  expect(list(at(got, "rows")).map((row) => at(row, "object", "kind"))).toEqual(list(at(recorded, "rows")).map((row) => at(row, "object", "kind")));
}

function expectSameItems(got: unknown, recorded: unknown): void {
  expect(toSteady(pick(got, "kind", "apiVersion", "metadata"))).toEqual(toSteady(pick(recorded, "kind", "apiVersion", "metadata")));
  expect(list(at(got, "items")).map((item) => at(item, "metadata", "name"))).toEqual(list(at(recorded, "items")).map((item) => at(item, "metadata", "name")));
  expect(list(at(got, "items")).map((item) => Object.keys(item))).toEqual(list(at(recorded, "items")).map((item) => Object.keys(item)));
}

const ALL = readdirSync(FOLDER).map((file) => file.replace(".json", ""));
const ALONE = ALL.filter((name) => !(name in NOT_APPLICABLE) && !STORY.includes(name) && !WITH_POLICY.includes(name));

test("every recording is replayed or has a reason", () => {
  expect([...ALONE, ...STORY, ...WITH_POLICY, ...Object.keys(NOT_APPLICABLE)].sort()).toEqual([...ALL].sort());
});

test.each(ALONE)("%s", async (name) => {
  const { handle, handleStrict } = createApi();
  const got = await replay(name.endsWith("-strict") ? handleStrict : handle, name);
  const partly = PARTLY[name];
  if (!partly) return expectAsRecorded(name, got);
  expect(got.status).toBe(read(name).response.status);
  partly(got.body, read(name).response.body);
});

test(`the story of one policy: ${STORY.join(", ")}; then ${WITH_POLICY.join(", ")}`, async () => {
  const { handle } = createApi();
  for (const name of [...STORY, ...WITH_POLICY]) expectAsRecorded(name, await replay(handle, name));
});
