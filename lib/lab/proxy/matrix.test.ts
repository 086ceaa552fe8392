import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RESOURCE } from "../objects";
import { parseScenario } from "../scenarios/scenario";
import { callGateway, curlFrom, podOf, startTestLab, type TestLab } from "../workloads/test-lab";
import recorded from "./testdata/client-server-matrix.json";

/** Every caller against every server, over real connections, held against what real Envoys did: curl's exit code, HTTP code and text, and both proxies' logs. */
interface LogEntry {
  code: number;
  flags: string;
  details: string | null;
}
interface ServerLogEntry extends LogEntry {
  peer?: string | null;
}
interface ClientLogEntry extends LogEntry {
  upstream_cluster: string;
  upstream_failure: string | null;
}
interface Row {
  server: string;
  client: string;
  curl_exit: number;
  http_code: number;
  message: string;
  body: string;
  when?: string;
  server_proxy_log: ServerLogEntry[];
  client_proxy_log: ClientLogEntry[];
}
const rows = recorded.rows as Row[];

let lab: TestLab;
async function start(): Promise<void> {
  lab = await startTestLab({ seed: "matrix" });
  const others = parseScenario(readFileSync(fileURLToPath(new URL("./testdata/pods.yaml", import.meta.url)), "utf8"));
  for (const { resource, manifest } of others) if (manifest.metadata.name === "legacy") lab.store.put(resource, manifest);
  await lab.dataPlane.settled();
}
beforeAll(start);
afterAll(() => lab.close());

beforeEach(async () => {
  for (const resource of [RESOURCE.peerAuthentications, RESOURCE.destinationRules])
    for (const { metadata } of lab.store.list(resource)) lab.store.remove(resource, metadata.namespace, metadata.name);
  await lab.dataPlane.settled();
});

// A pooled connection from before the policy is its own test (drain.test.ts): here every row starts clean.
describe.each(rows.filter(({ when }) => !when?.startsWith("within")))("$server", (row) => {
  test(row.client, async () => {
    if (row.when) {
      // Recorded when connections from before the policy were gone: in a lab that never had any.
      await lab.close();
      await start();
    }
    const isLegacy = row.server.startsWith("server without sidecar");
    const host = isLegacy ? "legacy.default" : "web-api.istioinaction";
    const toRecommendation = row.client.includes("with an HTTP listener");
    const strict = row.server.includes("STRICT") ? "STRICT" : undefined;
    const mode = strict ?? (["PERMISSIVE", "DISABLE"].includes(row.server) ? row.server : undefined);
    if (mode) putPolicy(isLegacy ? "default" : "istioinaction", mode);
    const rule = /DestinationRule (\w+)/.exec(row.client)?.[1];
    if (rule) putRule(`${host}.svc.cluster.local`, rule);
    await lab.dataPlane.settled();
    const before = logs(toRecommendation ? "recommendation" : "web-api", row.client);

    if (row.client === "ingress gateway") {
      expect(await callGateway(lab)).toMatchObject({ status: row.http_code });
    } else {
      const result = await curlFrom(lab, row.client.startsWith("with sidecar") ? "istioinaction" : "default", "-k", ...timeout(row), url(row, host));
      expect(result.status).toBe(row.http_code);
      if (row.client.includes("https")) expectTlsFailure(result.exitCode, row.curl_exit);
      else expect(result).toMatchObject({ exitCode: row.curl_exit, message: row.message });
      if (row.http_code !== 200) expect(result.body).toBe(row.body);
    }

    // A stream of bytes is logged when it ends, which may be after the caller has its answer. The recording kept two lines a call.
    await vi.waitFor(() => {
      const after = logs(toRecommendation ? "recommendation" : "web-api", row.client);
      if (!isLegacy) expect(after.server.slice(before.server.length).map(toServerEntry).slice(0, 2)).toEqual(row.server_proxy_log.map(toExpectedServer));
      expect(after.client.slice(before.client.length).map(toClientEntry)).toEqual(row.client_proxy_log.map(toExpectedClient));
    });
  });
});

function putPolicy(namespace: string, mode: string): void {
  lab.store.put(RESOURCE.peerAuthentications, {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace },
    spec: { mtls: { mode } },
  });
}

function putRule(host: string, mode: string): void {
  lab.store.put(RESOURCE.destinationRules, {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "try", namespace: "istioinaction" },
    spec: { host, trafficPolicy: { tls: { mode } } },
  });
}

/** The one row that hangs need not hang for the recorded five seconds. */
function timeout({ curl_exit }: Row): string[] {
  return curl_exit === 28 ? ["-m", "1"] : [];
}

function url({ client }: Row, host: string): string {
  if (client.includes("with an HTTP listener")) return `http://${podOf(lab, "istioinaction", "recommendation").address}:8080/`;
  if (client.includes("pod address")) return `http://${podOf(lab, "istioinaction", "web-api").address}:8081/`;
  return `${client.includes("https") ? "https" : "http"}://${host}:8080/`;
}

/** Which of these a failed handshake ends in depends on curl's TLS library and on timing; the time-out does not. */
function expectTlsFailure(got: number, recordedCode: number): void {
  if (recordedCode === 28) expect(got).toBe(28);
  else expect([16, 35, 56]).toContain(got);
}

function logs(server: string, client: string): { server: string[]; client: string[] } {
  const read = (namespace: string, app: string) => lab.dataPlane.log(namespace, podOf(lab, namespace, app).name, "istio-proxy", {});
  const clientLines =
    client === "ingress gateway" ? read("istio-system", "istio-ingressgateway") : client.startsWith("with sidecar") ? read("istioinaction", "sleep") : [];
  return { server: read("istioinaction", server).filter((line) => line.includes("inbound|") || line.includes(" NR ")), client: clientLines };
}

const SLEEP = "spiffe://cluster.local/ns/istioinaction/sa/sleep";

/** The default format has no field for the peer: the requested server name tells mutual TLS. */
function toServerEntry(line: string): unknown {
  const [, code, flags, details] = /^\[[^\]]*\] "[^"]*" (\d+) (\S+) (\S+)/.exec(line) ?? [];
  return { code: Number(code), flags, details, mutual: / outbound_\.\S+ default$/.test(line) };
}

function toExpectedServer({ code, flags, details, peer }: ServerLogEntry): unknown {
  return { code, flags, details, mutual: Boolean(peer) };
}

function toClientEntry(line: string): unknown {
  const [, code, flags, details, failure] = /^\[[^\]]*\] "[^"]*" (\d+) (\S+) (\S+) - "([^"]*)"/.exec(line) ?? [];
  const cluster = /(outbound\|\S+|PassthroughCluster);/.exec(line)?.[0];
  return { code: Number(code), flags, details, failure, cluster };
}

function toExpectedClient({ code, flags, details, upstream_cluster, upstream_failure }: ClientLogEntry): unknown {
  return { code, flags, details: details ?? "-", failure: upstream_failure ?? "-", cluster: upstream_cluster };
}

test("who called is proved to the server, and only by mutual TLS", async () => {
  await lab.dataPlane.settled();
  lab.reports.length = 0;
  await curlFrom(lab, "istioinaction", "http://web-api.istioinaction:8080/health");
  expect(lab.reports.find(({ reporter }) => reporter === "destination")).toMatchObject({ source_principal: SLEEP, connection_security_policy: "mutual_tls" });
  putRule("web-api.istioinaction.svc.cluster.local", "DISABLE");
  await lab.dataPlane.settled();
  lab.reports.length = 0;
  await curlFrom(lab, "istioinaction", "http://web-api.istioinaction:8080/health");
  // The workload is known by the header its sidecar sent; the identity is not proved.
  expect(lab.reports.find(({ reporter }) => reporter === "destination")).toMatchObject({
    source_workload: "sleep",
    source_principal: "unknown",
    connection_security_policy: "none",
  });
});

test("a refused connection leaves nothing; a sidecar's 503 is counted by its source", async () => {
  putPolicy("istioinaction", "STRICT");
  putRule("web-api.istioinaction.svc.cluster.local", "DISABLE");
  await lab.dataPlane.settled();
  lab.reports.length = 0;
  await curlFrom(lab, "default", "http://web-api.istioinaction:8080/");
  expect(lab.reports).toEqual([]);
  await curlFrom(lab, "istioinaction", "http://web-api.istioinaction:8080/");
  expect(lab.reports).toMatchObject([
    { reporter: "source", response_code: "503", response_flags: "UC", destination_workload: "web-api", source_workload: "sleep" },
  ]);
});
