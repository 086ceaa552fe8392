import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { LabAlreadyRunsError } from "./checkout-lock";
import { type Lab, type LabOptions, NoGatewayError, startLab } from "./lab";
import { claimLoopbackNetwork } from "./network/loopback-claim";
import { ScenarioError } from "./scenarios/scenario";

// A start takes about a second of one core, more beside other suites.
vi.setConfig({ testTimeout: 60_000 });
const SCENARIO = path.join(import.meta.dirname, "scenarios/istioinaction.yaml");
const directories: string[] = [];
const labs: Lab[] = [];
let directory: string;

function createDirectory(): string {
  const created = mkdtempSync(path.join(tmpdir(), "padlock-lab-"));
  directories.push(created);
  return created;
}

async function start(options: Partial<LabOptions> = {}): Promise<Lab> {
  const lab = await startLab({ directory, scenario: SCENARIO, ...options });
  labs.push(lab);
  return lab;
}

beforeEach(() => {
  directory = createDirectory();
});
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
  for (const used of directories.splice(0)) rmSync(used, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: string;
}

function call(url: string, options: { ca: string; method?: string; token?: string; host?: string; body?: string }): Promise<Answer> {
  const { ca, method, token, host, body } = options;
  return new Promise((resolve, reject) => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(host && { host }), ...(body && { "content-type": "application/json" }) };
    const sent = httpsRequest(url, { ca, method, servername: host, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function readKubeconfig(lab: Lab) {
  const kubeconfig = parse(readFileSync(lab.kubeconfig, "utf8"));
  const token = (name: string): string => kubeconfig.users.find((user: { name: string }) => user.name === name).user.token;
  const { server, "certificate-authority-data": data } = kubeconfig.clusters[0].cluster;
  return { server: String(server), ca: Buffer.from(data, "base64").toString(), token };
}

function callGateway({ gateway }: Lab): Promise<Answer> {
  return call(`https://${gateway.ip}:${gateway.port}/`, { ca: readFileSync(gateway.caFile, "utf8"), host: "istioinaction.io" });
}

test.each([{ singleAddress: false }, { singleAddress: true }])(
  "hands over a Kubernetes API, a Kiali and a gateway that work, %o",
  async ({ singleAddress }) => {
    const lab = await start({ singleAddress });
    expect(lab.unserved).toEqual([]);
    if (singleAddress) expect(new URL(lab.kialiUrl).hostname).toBe("127.0.0.1");

    const { server, ca, token } = readKubeconfig(lab);
    expect(server).toBe(lab.kubernetesUrl);
    const namespaces = await call(`${server}/api/v1/namespaces`, { ca, token: token("padlock") });
    expect(JSON.parse(namespaces.body).items.map((item: { metadata: { name: string } }) => item.metadata.name)).toContain("istioinaction");
    expect((await fetch(`${lab.kialiUrl}/healthz`)).status).toBe(200);
    const answer = await callGateway(lab);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).upstream_calls[0].upstream_calls[0].name).toBe("purchase-history-v1");
  },
);

test("the viewer may look and not write, and nobody comes in without a token", async () => {
  const { server, ca, token } = readKubeconfig(await start());
  const policies = `${server}/apis/security.istio.io/v1/namespaces/istioinaction/peerauthentications`;
  const body = JSON.stringify({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default" },
    spec: { mtls: { mode: "STRICT" } },
  });
  expect((await call(policies, { ca, token: token("padlock-viewer") })).status).toBe(200);
  expect((await call(policies, { ca, method: "POST", body, token: token("padlock-viewer") })).status).toBe(403);
  expect((await call(policies, { ca })).status).toBe(403);
  expect((await call(policies, { ca, token: "guessed" })).status).toBe(401);
  expect((await call(policies, { ca, method: "POST", body, token: token("padlock") })).status).toBe(201);
});

test("Kiali's Service leads to Kiali, and the first calls are the birth of every counter", async () => {
  const lab = await start();
  const { server, ca, token } = readKubeconfig(lab);
  const proxied = await call(`${server}/api/v1/namespaces/istio-system/services/http:kiali:20001/proxy/kiali/api/status`, { ca, token: token("padlock") });
  expect(JSON.parse(proxied.body).status["Kiali state"]).toBe("running");

  // One call after the start is one increase, on every hop; a counter born with it would show none.
  expect((await callGateway(lab)).status).toBe(200);
  const query = "graphType=workload&injectServiceNodes=false&appenders=securityPolicy&duration=60s&namespaces=istioinaction";
  const readEdges = async () => {
    const answer = await fetch(`${lab.kialiUrl}/api/namespaces/graph?${query}&queryTime=${Math.ceil(Date.now() / 1000)}`);
    const graph = (await answer.json()) as { elements: { edges: { data: { isMTLS?: string } }[] } };
    return graph.elements.edges;
  };
  await expect.poll(async () => (await readEdges()).length, { timeout: 20_000, interval: 200 }).toBe(3);
  expect((await readEdges()).map(({ data }) => data.isMTLS)).toEqual(["100", "100", "100"]);
});

test("two checkouts live side by side, one checkout has one lab", async () => {
  const [first, second] = await Promise.all([start(), start({ directory: createDirectory() })]);
  expect(first?.gateway.ip).not.toBe(second?.gateway.ip);
  const answers = await Promise.all([first, second].map((lab) => lab && callGateway(lab)));
  expect(answers.map((answer) => answer?.status)).toEqual([200, 200]);
  await expect(startLab({ directory, scenario: SCENARIO })).rejects.toThrow(LabAlreadyRunsError);
});

test("ports that other programs hold are replaced by free ones, and the files say so", async () => {
  const claim = await claimLoopbackNetwork(path.resolve(directory));
  // On a machine without such addresses the single-address case above is what happens.
  if (!claim) return;
  await claim.release();
  const taken: Server[] = [];
  const take = (last: number, port: number) =>
    new Promise<void>((resolve) => {
      const server = createServer();
      taken.push(server);
      // Without the right to have the port, the lab cannot have it either.
      server.once("error", () => resolve());
      server.listen(port, `${claim.prefix}.${last}`, () => resolve());
    });
  await Promise.all([take(1, 6443), take(2, 443), take(3, 20001), ...Array.from({ length: 10 }, (_, pod) => take(10 + pod, 8080))]);
  try {
    const lab = await start();
    expect(new URL(lab.kubernetesUrl).port).not.toBe("6443");
    expect(new URL(lab.kialiUrl).port).not.toBe("20001");
    expect(lab.gateway.port).not.toBe(443);
    expect(readFileSync(lab.environment, "utf8")).toContain(`export GATEWAY_PORT='${lab.gateway.port}'\n`);
    expect(lab.unserved).toEqual([]);
    expect((await callGateway(lab)).status).toBe(200);
  } finally {
    for (const server of taken) server.close();
  }
});

test("the end takes the files, every listener and about as long as promised", async () => {
  const lab = await start();
  const { server, ca, token } = readKubeconfig(lab);
  const watching = httpsRequest(`${server}/api/v1/namespaces?watch=true`, { ca, headers: { authorization: `Bearer ${token("padlock")}` }, agent: false });
  const ended = new Promise<void>((resolve, reject) => {
    watching.on("response", (response) => response.resume().on("close", resolve));
    watching.on("error", reject);
  });
  await new Promise<void>((resolve) => {
    watching.on("response", () => resolve());
    watching.end();
  });
  const began = performance.now();
  await lab.close();
  expect(performance.now() - began).toBeLessThan(3500);
  await ended;
  expect(existsSync(path.join(directory, ".lab"))).toBe(false);
  await expect(call(`${server}/version`, { ca })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(fetch(`${lab.kialiUrl}/healthz`)).rejects.toThrow();
  await expect(lab.close()).resolves.toBeUndefined();
});

test("the policy in force is owned as kubectl would have it", async () => {
  const { server, ca, token } = readKubeconfig(await start());
  const answer = await call(`${server}/apis/security.istio.io/v1/namespaces/istio-system/peerauthentications/default`, { ca, token: token("padlock") });
  const { metadata, spec } = JSON.parse(answer.body);
  expect(spec).toEqual({ mtls: { mode: "PERMISSIVE" } });
  expect(metadata.managedFields[0].manager).toBe("kubectl-client-side-apply");
  expect(JSON.parse(metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]).spec).toEqual(spec);
});

test("a scenario that cannot be used is named, and leaves the checkout free", async () => {
  const broken = path.join(directory, "broken.yaml");
  await expect(startLab({ directory, scenario: broken })).rejects.toThrow(`The scenario ${broken} cannot be used: ENOENT`);
  writeFileSync(broken, "kind: Namespace\nmetadata: [\n");
  await expect(startLab({ directory, scenario: broken })).rejects.toThrow(ScenarioError);
  writeFileSync(broken, "apiVersion: v1\nkind: Namespace\nmetadata: { name: default }\n");
  await expect(startLab({ directory, scenario: broken })).rejects.toThrow(NoGatewayError);
  expect(existsSync(path.join(directory, ".lab"))).toBe(false);
  await start();
});
