import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Mode } from "@/lib/mesh/modes";
import type { PeerAuthentication } from "@/lib/mesh/objects";
import { toMeshConfig, toNamespace, toService } from "./cluster-objects";
import { connectKubernetes, type KubernetesConnection } from "./connect";
import { createDiscovery, type Discovery, getServerVersion } from "./discovery";
import { ClusterUnreachableError, InvalidError, NotFoundError, OwnedByManagerError, PolicyChangedError } from "./errors";
import { execInPod } from "./exec";
import { toGateway, toVirtualService } from "./gateway-objects";
import { readPages } from "./list-pages";
import { readLog } from "./logs";
import { RESOURCES, type ResourceType, toPath } from "./paths";
import { type Pod, toPod } from "./pod-objects";
import { createPolicyWriter, FIELD_MANAGER, type PolicyWriter } from "./policies";
import { toDestinationRule, toPeerAuthentication } from "./policy-objects";
import { reviewAccess, reviewSelf } from "./reviews";
import { type Server, servers, startLabServer } from "./testdata/contract-servers";
import { watchResource } from "./watch";

/**
 * What Padlock needs of a Kubernetes API, on every server it is meant for: on the embedded lab always, and on a real cluster with the Istio lab
 * when PADLOCK_TEST_CLUSTER names its kubeconfig (FILE or FILE#context). Policies are written to the namespace below, on a real cluster to one
 * of the suite's own, and deleted again.
 */
const NAMESPACE = "istioinaction";
/** What Padlock follows, and how it reads each. */
const READERS: readonly [keyof typeof RESOURCES, (object: unknown) => unknown][] = [
  ["namespaces", toNamespace],
  ["pods", toPod],
  ["services", toService],
  ["peerAuthentications", toPeerAuthentication],
  ["destinationRules", toDestinationRule],
  ["gateways", toGateway],
  ["virtualServices", toVirtualService],
];
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );

describe.each(servers)("%s", (_, start) => {
  let server: Server;
  let connection: KubernetesConnection;
  let discovery: Discovery;
  let writer: PolicyWriter;
  let version: string;
  let turn = 0;
  /** A name of its own for each test, so that none meets another's leftovers. */
  let policy: { namespace: string; name: string };

  beforeAll(async () => {
    server = await start();
    connection = await connectKubernetes({ kubeconfigPath: server.kubeconfig, ...(server.context === undefined ? {} : { context: server.context }) });
    discovery = createDiscovery(connection);
    writer = createPolicyWriter(connection, discovery);
    version = await discovery.versionOf(RESOURCES.peerAuthentications);
    policy = { namespace: server.namespace, name: "padlock-contract" };
  });
  afterEach(async () => {
    await connection.request({ method: "DELETE", path: objectPath() }).catch(() => undefined);
    policy = { namespace: server.namespace, name: `padlock-contract-${++turn}` };
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });

  const objectPath = (query = {}) => toPath({ group: "security.istio.io", version, plural: "peerauthentications", ...policy }, query);
  const read = async (): Promise<PeerAuthentication> => {
    const found = toPeerAuthentication(await connection.request({ path: objectPath() }));
    if (!found) throw new Error("not a policy");
    return found;
  };
  /** As another program would write it: kubectl's client-side apply when Update, a controller's server-side apply when Apply. */
  const writeAs = async (manager: string, operation: "Apply" | "Update", mode: Mode) => {
    const body = { apiVersion: `security.istio.io/${version}`, kind: "PeerAuthentication", metadata: policy, spec: { mtls: { mode } } };
    if (operation === "Apply") {
      return connection.request({ method: "PATCH", path: objectPath({ fieldManager: manager }), body, contentType: "application/apply-patch+yaml" });
    }
    const collection = toPath({ group: "security.istio.io", version, plural: "peerauthentications", namespace: server.namespace }, { fieldManager: manager });
    return connection.request({ method: "POST", path: collection, body });
  };
  const apply = (mode: Mode, expected: { uid: string; resourceVersion: string } | null, more = {}) => writer.applyMode({ ...policy, mode, expected, ...more });

  test("it tells its version, its Istio API and who we are", async () => {
    expect(await getServerVersion(connection)).toMatch(/^v1\.\d+/);
    expect(["v1", "v1beta1"]).toContain(version);
    expect((await reviewSelf(connection))?.username).toBeTruthy();
    const question = { verb: "patch", group: "security.istio.io", resource: "peerauthentications", namespace: server.namespace } as const;
    expect(await reviewAccess(connection, question)).toMatchObject({ allowed: true });
  });

  test.each(READERS)("%s are listed in a version that both know, in pages, and each can be read", async (name, toDomain) => {
    const resource: ResourceType = RESOURCES[name];
    const chosen = await discovery.versionOf(resource);
    expect(resource.versions).toContain(chosen);
    expect(discovery.knownVersion(resource)).toBe(resource.group === "" ? null : chosen);
    const objects: unknown[] = [];
    const path = toPath({ group: resource.group, version: chosen, plural: resource.plural });
    const listed = await readPages(connection, { path, signal: AbortSignal.timeout(10_000), onPage: (page) => objects.push(...page) });
    expect(listed).toMatch(/^\d+$/);
    expect(objects.filter((object) => toDomain(object) === null)).toEqual([]);
    expect(objects.length).toBeGreaterThan(name === "peerAuthentications" || name === "destinationRules" ? -1 : 0);
  });

  test("a policy is created, changed both ways by ourselves and deleted, and a watch sees each step within a second", async () => {
    const stop = new AbortController();
    let modes: (Mode | null | undefined)[] = [];
    const done = watchResource<PeerAuthentication>({
      connection,
      discovery,
      resource: RESOURCES.peerAuthentications,
      namespace: server.namespace,
      toDomain: toPeerAuthentication,
      onChange: (_items, changes) => {
        modes = [...modes, ...changes.filter(({ item }) => item.name === policy.name).map(({ type, item }) => (type === "deleted" ? undefined : item.mode))];
      },
      onState: () => undefined,
      signal: stop.signal,
    });
    const seen = (...expected: (Mode | undefined)[]) => vi.waitFor(() => expect(modes).toEqual(expected), { timeout: 1000, interval: 5 });
    const created = await apply("STRICT", null);
    await seen("STRICT");
    const opened = await apply("PERMISSIVE", created);
    await seen("STRICT", "PERMISSIVE");
    const closed = await apply("STRICT", opened);
    await seen("STRICT", "PERMISSIVE", "STRICT");
    expect([created, opened, closed].map(({ changed }) => changed)).toEqual([true, true, true]);
    expect(await read()).toMatchObject({
      mode: "STRICT",
      labels: { "app.kubernetes.io/managed-by": FIELD_MANAGER },
      uid: closed.uid,
      resourceVersion: closed.resourceVersion,
    });
    expect(await apply("STRICT", closed)).toMatchObject({ changed: false, resourceVersion: closed.resourceVersion });
    await writer.deletePolicy({ ...policy, ...closed });
    await seen("STRICT", "PERMISSIVE", "STRICT", undefined);
    stop.abort();
    await done;
  });

  test("a version that is no longer the stored one is refused with what is stored, and nothing changes", async () => {
    const seen = await apply("STRICT", null);
    const present = await apply("PERMISSIVE", seen);
    for (const attempt of [() => apply("STRICT", seen), () => apply("DISABLE", null), () => writer.deletePolicy({ ...policy, ...seen })]) {
      const error = await failure(attempt());
      expect(error).toBeInstanceOf(PolicyChangedError);
      expect(error).toMatchObject({ present: { name: policy.name, uid: present.uid, resourceVersion: present.resourceVersion, mode: "PERMISSIVE" } });
    }
    expect(await read()).toMatchObject({ mode: "PERMISSIVE", resourceVersion: present.resourceVersion });
  });

  test("a policy that was deleted meanwhile is not made anew, nor taken for its successor of the same name", async () => {
    const gone = await apply("STRICT", null);
    await writer.deletePolicy({ ...policy, ...gone });
    expect(await failure(apply("PERMISSIVE", gone))).toMatchObject({ name: "PolicyChangedError", present: null });
    expect(await failure(writer.deletePolicy({ ...policy, ...gone }))).toMatchObject({ name: "PolicyChangedError", present: null });
    expect(await failure(read())).toBeInstanceOf(NotFoundError);
    const successor = await apply("PERMISSIVE", null);
    expect(successor.uid).not.toBe(gone.uid);
    expect(await failure(apply("STRICT", gone))).toMatchObject({ present: { uid: successor.uid, mode: "PERMISSIVE" } });
  });

  test.each(["kubectl-client-side-apply", "kubectl-create", "kubectl-edit"])(
    "a mode written by %s is taken over in the same press, without a label of ours",
    async (manager) => {
      await writeAs(manager, "Update", "STRICT");
      const before = await read();
      expect(await apply("PERMISSIVE", before)).toMatchObject({ changed: true, uid: before.uid });
      const after = await read();
      expect(after.mode).toBe("PERMISSIVE");
      expect(after.labels).toEqual(before.labels);
      expect(after.owners.filter(({ ownsMode }) => ownsMode).map((owner) => owner.manager)).toEqual([FIELD_MANAGER]);
    },
  );

  test("a mode that a controller owns is taken over only when that controller is named", async () => {
    await writeAs("argocd-controller", "Apply", "STRICT");
    const before = await read();
    for (const more of [{}, { takeOverFrom: ["flux"] }]) {
      const error = await failure(apply("PERMISSIVE", before, more));
      expect(error).toBeInstanceOf(OwnedByManagerError);
      expect(error).toMatchObject({ manager: "argocd-controller", fields: [".spec.mtls.mode"] });
    }
    expect(await read()).toMatchObject({ mode: "STRICT", resourceVersion: before.resourceVersion });
    expect(await apply("PERMISSIVE", before, { takeOverFrom: ["argocd-controller"] })).toMatchObject({ changed: true });
    expect((await read()).mode).toBe("PERMISSIVE");
  });

  test("a dry run is checked like the real thing and stores nothing", async () => {
    await apply("STRICT", null, { dryRun: true });
    expect(await failure(read())).toBeInstanceOf(NotFoundError);
    const stored = await apply("STRICT", null);
    await apply("PERMISSIVE", stored, { dryRun: true });
    await writer.deletePolicy({ ...policy, ...stored, dryRun: true });
    expect(await read()).toMatchObject({ mode: "STRICT", resourceVersion: stored.resourceVersion });
    const elsewhere = writer.applyMode({ namespace: "no-such-namespace", name: "default", mode: "STRICT", expected: null, dryRun: true });
    expect(await failure(elsewhere)).toMatchObject({ name: "NotFoundError", missing: { resource: "namespaces", name: "no-such-namespace" } });
  });

  test("of writers who saw the same, one wins and the others are told what is there now", async () => {
    const modes: Mode[] = ["STRICT", "PERMISSIVE", "DISABLE", "STRICT"];
    const race = (expected: { uid: string; resourceVersion: string } | null) => Promise.allSettled(modes.map((mode) => apply(mode, expected)));
    const winners = (results: PromiseSettledResult<{ uid: string; resourceVersion: string }>[]) =>
      results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    for (let round = 0; round < 5; round++) {
      const results = await race(null);
      const [created, ...others] = winners(results);
      expect(others).toEqual([]);
      expect(await read()).toMatchObject({ uid: created?.uid, resourceVersion: created?.resourceVersion });
      const losers = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
      expect(losers.every((error) => error instanceof PolicyChangedError)).toBe(true);
      if (!created) throw new Error("nobody won");
      // Writers of the mode that is stored already change nothing, so they may all be told so.
      const stored = await read();
      const changed = (await race(created)).flatMap((result) => (result.status === "fulfilled" && result.value.changed ? result.value : []));
      expect(changed).toHaveLength(1);
      const last = await read();
      expect(last.resourceVersion).toBe(changed[0]?.resourceVersion);
      expect(last.resourceVersion).not.toBe(stored.resourceVersion);
      await writer.deletePolicy({ ...policy, uid: last.uid, resourceVersion: last.resourceVersion });
    }
  });

  test("what the schema does not allow is refused with the field", async () => {
    const body = { apiVersion: `security.istio.io/${version}`, kind: "PeerAuthentication", metadata: policy, spec: { mtls: { mode: "STRCT" } } };
    const error = await failure(
      connection.request({ method: "PATCH", path: objectPath({ fieldManager: FIELD_MANAGER }), body, contentType: "application/apply-patch+yaml" }),
    );
    expect(error).toBeInstanceOf(InvalidError);
    expect(error instanceof InvalidError && error.causes.map(({ field }) => field)).toContain("spec.mtls.mode");
  });

  test("the YAML is what kubectl prints", async ({ skip }) => {
    const run = promisify(execFile);
    const context = server.context === undefined ? [] : ["--context", server.context];
    const arguments_ = ["--kubeconfig", server.kubeconfig, ...context, "get", "peerauthentication", "-n", server.namespace, "-o", "yaml"];
    const hasKubectl = await run("kubectl", ["version", "--client"]).then(
      () => true,
      () => false,
    );
    skip(!hasKubectl, "there is no kubectl on this machine; its recorded output is compared in kubectl-yaml.test.ts");
    await apply("STRICT", null);
    await connection.request({
      method: "PATCH",
      path: objectPath(),
      contentType: "application/merge-patch+json",
      body: {
        metadata: { annotations: { note: "two\nlines", number: "1", yes: "yes" } },
        spec: { selector: { matchLabels: { app: "none" } }, portLevelMtls: { "10000": { mode: "STRICT" }, "8081": {} } },
      },
    });
    const { stdout } = await run("kubectl", [...arguments_, policy.name]);
    expect((await read()).yaml).toBe(stdout);
  });

  test("pods are read as the lab's workloads are, and the mesh's configuration is found", async () => {
    const answer = await connection.request({ path: toPath({ group: "", version: "v1", plural: "pods" }), maxBytes: 8_000_000 });
    const items = (answer as { items: unknown[] }).items.map(toPod).filter((pod): pod is Pod => pod !== null);
    const sidecars = Object.fromEntries(
      items.filter(({ ready }) => ready).map(({ namespace, owner, sidecar }) => [`${namespace}/${owner.kind}/${owner.name}`, sidecar]),
    );
    expect(sidecars).toMatchObject({
      "istioinaction/Deployment/web-api": "sidecar",
      "istioinaction/Deployment/recommendation": "sidecar",
      "istioinaction/Deployment/purchase-history-v1": "sidecar",
      "istioinaction/Deployment/sleep": "sidecar",
      "default/Deployment/sleep": "none",
    });
    const config = await connection.request({ path: toPath({ group: "", version: "v1", plural: "configmaps", namespace: "istio-system", name: "istio" }) });
    expect(toMeshConfig(config)).toMatchObject({ rootNamespace: "istio-system", read: true });
  });

  test("commands run in pods, logs are read, and what is not there is told", async () => {
    const pods = await connection.request({ path: toPath({ group: "", version: "v1", plural: "pods", namespace: "default" }, { labelSelector: "app=sleep" }) });
    const [pod] = (pods as { items: unknown[] }).items.map(toPod);
    if (!pod) throw new Error("no sleep in default");
    const where = { namespace: "default", pod: pod.name, container: "sleep" };
    expect(await execInPod(connection, { ...where, command: ["curl", "-sS", "-m", "8", "http://web-api.istioinaction:8080/"] })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("web-api"),
    });
    expect(await execInPod(connection, { ...where, command: ["curl", "-sS", "nope://web-api/"] })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("curl: (1)"),
    });
    expect(await failure(execInPod(connection, { ...where, pod: "none", command: ["curl"] }))).toMatchObject({
      name: "NotFoundError",
      missing: { resource: "pods", name: "none" },
    });
    expect(await failure(execInPod(connection, { ...where, container: "none", command: ["curl"] }))).toMatchObject({
      name: expect.stringMatching(/InvalidError|ExecError/),
    });
    const web = await connection.request({
      path: toPath({ group: "", version: "v1", plural: "pods", namespace: NAMESPACE }, { labelSelector: "app=web-api" }),
    });
    const [webPod] = (web as { items: unknown[] }).items.map(toPod);
    const lines = await readLog(connection, { namespace: NAMESPACE, pod: webPod?.name ?? "", container: "istio-proxy", tailLines: 5 });
    expect(lines.length).toBeLessThanOrEqual(5);
    expect(await failure(readLog(connection, { namespace: NAMESPACE, pod: "none", container: "istio-proxy" }))).toBeInstanceOf(NotFoundError);
  });
});

test("a lab that ended is unreachable, in words", async () => {
  const server = await startLabServer();
  const connection = await connectKubernetes({ kubeconfigPath: server.kubeconfig });
  await connection.request({ path: "/version" });
  await server.close();
  const error = await failure(connection.request({ path: "/version" }));
  expect(error).toBeInstanceOf(ClusterUnreachableError);
  await connection.close();
});
