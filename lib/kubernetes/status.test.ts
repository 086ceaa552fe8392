import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "./connect";
import { createDiscovery } from "./discovery";
import { ConflictError, ForbiddenError, GoneError, InvalidError, NotFoundError, ServerError, UnauthorizedError } from "./errors";
import { RESOURCES } from "./paths";
import { reviewAccess, reviewSelf } from "./reviews";
import { toEventError } from "./status";
import { FaultServer } from "./testdata/fault-server";

/** What kube-apiserver 1.35 answered, given again word for word by a server on loopback. */
interface Recording {
  request: { method: "GET" | "POST" | "PATCH" | "DELETE"; path: string };
  response: { status: number; headers: Record<string, string>; body: unknown };
}

const folder = new URL("./testdata/recordings/", import.meta.url);
const recordings = new Map(
  readdirSync(folder).map((file): [string, Recording] => [file.replace(".json", ""), JSON.parse(readFileSync(new URL(file, folder), "utf8"))]),
);

const recording = (name: string): Recording => {
  const found = recordings.get(name);
  if (!found) throw new Error(`no recording ${name}`);
  return found;
};

let playing = "";
const server = createServer((request, response) => {
  request.resume();
  const { status, headers, body } = recording(playing).response;
  response.writeHead(status, { "content-type": headers["Content-Type"] ?? "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
});

const files = new FaultServer();
let connection: KubernetesConnection;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  files.port = (server.address() as AddressInfo).port;
  files.writeKubeconfig();
  connection = await connectKubernetes({ kubeconfigPath: files.kubeconfigPath });
});
afterAll(async () => {
  await connection.close();
  server.close();
  await files.close();
});

const replay = async (name: string): Promise<unknown> => {
  playing = name;
  const { method, path } = recording(name).request;
  return connection.request({ method, path, ...(method === "GET" ? {} : { body: {} }) }).catch((error: unknown) => error);
};

test.each([
  ["unauthorized", UnauthorizedError, { httpStatus: 401, reason: "Unauthorized" }],
  [
    "anonymous",
    ForbiddenError,
    { denied: { user: "system:anonymous", verb: "get", resource: "peerauthentications", group: "security.istio.io", namespace: "istioinaction" } },
  ],
  [
    "forbidden",
    ForbiddenError,
    { denied: { user: "viewer", verb: "patch", resource: "peerauthentications", group: "security.istio.io", namespace: "istioinaction" } },
  ],
  ["service-proxy-forbidden", ForbiddenError, { denied: { user: "viewer", verb: "get", resource: "services/proxy", group: "", namespace: "istioinaction" } }],
  [
    "portforward-get-only",
    ForbiddenError,
    {
      message: expect.stringMatching(/is forbidden: this user cannot create resource "pods\/portforward" .* needs beside get$/),
      denied: { user: null, verb: "create", resource: "pods/portforward", group: "", namespace: "istio-system" },
    },
  ],
  [
    "exec-get-only",
    ForbiddenError,
    {
      message: expect.stringMatching(/is forbidden: this user cannot create resource "pods\/exec" .* needs beside get$/),
      denied: { user: null, verb: "create", resource: "pods/exec", group: "", namespace: "istio-system" },
    },
  ],
  ["get-missing", NotFoundError, { missing: { resource: "peerauthentications", name: "default" } }],
  ["missing-namespace", NotFoundError, { missing: { resource: "namespaces", name: "nowhere" } }],
  ["unknown-group", NotFoundError, { missing: null, message: "404 page not found" }],
  ["ssa-conflict", ConflictError, { kind: "field-managers", managers: [{ manager: "padlock", fields: [".spec.mtls.mode"] }] }],
  ["json-patch-stale", ConflictError, { kind: "stale", managers: [] }],
  ["delete-wrong-uid", ConflictError, { kind: "stale", managers: [] }],
  ["create-duplicate", ConflictError, { kind: "exists", managers: [] }],
  ["create-unknown-field-strict", InvalidError, { httpStatus: 400 }],
  [
    "ssa-no-manager",
    InvalidError,
    { causes: [{ reason: "FieldValueRequired", field: "fieldManager", message: "Required value: is required for apply patch" }] },
  ],
  ["continue-bad", InvalidError, { httpStatus: 400, reason: "BadRequest" }],
  ["unsupported-media-type", InvalidError, { httpStatus: 415 }],
  ["exec-missing-pod", NotFoundError, { missing: { resource: "pods", name: "none" } }],
  ["log-no-kubelet", ServerError, { httpStatus: 500, retryAfter: null }],
])("%s is a %o", async (name, type, facts) => {
  const error = await replay(name);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject(facts);
});

test("create-invalid-mode names each field and what is wrong with it", async () => {
  const error = await replay("create-invalid-mode");
  expect(error).toBeInstanceOf(InvalidError);
  expect(error instanceof InvalidError && error.causes.map(({ field }) => field)).toEqual(["spec.mtls.mode", "<nil>"]);
});

test("a conflict names every manager once, with its fields, and without the version it wrote in", async () => {
  const { body } = recording("ssa-conflict").response;
  const causes = ["kubectl-client-side-apply", "argocd-controller", "argocd-controller"].map((manager, index) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${manager}" using security.istio.io/v1beta1`,
    field: [".spec.mtls.mode", ".spec.mtls.mode", ".metadata.labels.a"][index],
  }));
  recordings.set("several", { ...recording("ssa-conflict"), response: { status: 409, headers: {}, body: { ...Object(body), details: { causes } } } });
  expect(await replay("several")).toMatchObject({
    managers: [
      { manager: "kubectl-client-side-apply", fields: [".spec.mtls.mode"] },
      { manager: "argocd-controller", fields: [".spec.mtls.mode", ".metadata.labels.a"] },
    ],
  });
});

test("an expired watch comes as an event under HTTP 200 and is told from a success", () => {
  const [event] = recording("watch-expired").response.body as { object: unknown }[];
  const error = toEventError({ method: "GET", path: "/" }, event?.object);
  expect(error).toBeInstanceOf(GoneError);
  expect(error.message).toBe("too old resource version: 1 (340)");
});

test("the preferred version is spoken when this code understands it, else the best that both know", async () => {
  playing = "security-group";
  expect(await createDiscovery(connection).versionOf(RESOURCES.peerAuthentications)).toBe("v1");
  const group = (versions: string[], preferred: string) => ({
    ...recording("security-group"),
    response: {
      status: 200,
      headers: {},
      body: { kind: "APIGroup", versions: versions.map((version) => ({ version })), preferredVersion: { version: preferred } },
    },
  });
  recordings.set("lab-of-2021", group(["v1beta1"], "v1beta1"));
  playing = "lab-of-2021";
  expect(await createDiscovery(connection).versionOf(RESOURCES.peerAuthentications)).toBe("v1beta1");
  recordings.set("future", group(["v2", "v1"], "v2"));
  playing = "future";
  expect(await createDiscovery(connection).versionOf(RESOURCES.peerAuthentications)).toBe("v1");
});

test("reviews say who one is and what one may do", async () => {
  playing = "ssr";
  expect(await reviewSelf(connection)).toEqual({ username: "admin", groups: ["system:masters", "system:authenticated"] });
  playing = "ssar";
  const question = { verb: "patch", group: "security.istio.io", resource: "peerauthentications", namespace: "istioinaction" } as const;
  expect(await reviewAccess(connection, question)).toEqual({ allowed: false, reason: "" });
  playing = "unknown-group";
  expect(await reviewSelf(connection)).toBeNull();
});
