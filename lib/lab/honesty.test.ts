import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decidePortMode, decideWorkloadPolicy } from "@/lib/mesh/decide-policy";
import { isMode, type Mode } from "@/lib/mesh/modes";
import type { MeshConfig, PeerAuthentication } from "@/lib/mesh/objects";
import { predictCall } from "@/lib/mesh/predict-call";
import { MATRIX, type MatrixRow } from "@/lib/mesh/testdata/matrix";
import { RESOURCE } from "./objects";
import recorded from "./proxy/testdata/peer-authentication.json";
import { type CasePolicy, toPolicyObjects } from "./proxy/testdata/policy-case";
import { parseScenario } from "./scenarios/scenario";
import { callGateway, curlFrom, podOf, startTestLab, type TestLab } from "./workloads/test-lab";

/**
 * Three sides for every recorded case: what real Envoys did (the oracle), what lib/mesh predicts, what a real socket on the lab does.
 * Prediction and lab are separate code; each is held against the recording, never only against the other.
 */

let lab: TestLab;
async function start(): Promise<void> {
  lab = await startTestLab({ seed: "honesty" });
  // The workloads that some cases need beside the lab's own.
  const more = parseScenario(readFileSync(fileURLToPath(new URL("./proxy/testdata/pods.yaml", import.meta.url)), "utf8"));
  for (const { resource, manifest } of more) lab.store.put(resource, manifest);
  await lab.dataPlane.settled();
}
beforeAll(start);
afterAll(() => lab.close());
beforeEach(() => {
  for (const resource of [RESOURCE.peerAuthentications, RESOURCE.destinationRules])
    for (const { metadata } of lab.store.list(resource)) lab.store.remove(resource, metadata.namespace, metadata.name);
});

/** TLS handshakes end in one of these, by curl's library and timing. */
const TLS_REFUSALS = [16, 35, 56];

// The connection that lives on from before the policy needs its own course of time: drain.test.ts has it.
const ROWS = MATRIX.filter(({ planned }) => !planned.pooledPlaintext);

describe.each(ROWS)("$server", (row) => {
  test(row.client, async () => {
    // Recorded when connections from before the policy were gone: in a lab that never had any.
    if (row.server === "STRICT" && row.client.includes("port with an HTTP listener")) {
      await lab.close();
      await start();
    }
    const predicted = predictCall(row.planned);
    apply(row);
    await lab.dataPlane.settled();
    lab.reports.length = 0;
    const did = await call(row);

    for (const side of [{ curlExit: predicted?.curlExit ?? -1, httpCode: predicted?.httpCode ?? null }, did]) {
      expect(side.httpCode).toBe(row.httpCode);
      if (TLS_REFUSALS.includes(row.curlExit) && row.planned.scheme === "https") expect(TLS_REFUSALS).toContain(side.curlExit);
      else expect(side.curlExit).toBe(row.curlExit);
    }
    // A server without proxy reports nothing, and its recording has no line.
    if (row.httpCode !== 200 || row.serverLog.length === 0) return;
    const truth = row.serverLog[0]?.peer === null ? "plaintext" : "mutual-tls";
    expect(predicted?.encryption).toBe(truth);
    const report = lab.reports.find(({ reporter, destination_workload }) => reporter === "destination" && destination_workload === serverName(row));
    expect(report?.connection_security_policy).toBe(truth === "mutual-tls" ? "mutual_tls" : "none");
    if (truth === "mutual-tls") expect(report?.source_principal).toBe(row.serverLog[0]?.peer);
  });
});

/** In the matrix a server's workload is named as its service. */
const serverName = ({ planned }: MatrixRow): string => planned.service.name;

function apply({ planned }: MatrixRow): void {
  for (const { namespace, name, mode } of planned.policies) {
    lab.store.put(RESOURCE.peerAuthentications, {
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name, namespace },
      spec: { mtls: { mode } },
    });
  }
  for (const { namespace, name, host, tls } of planned.rules) {
    lab.store.put(RESOURCE.destinationRules, {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: { name, namespace },
      spec: { host, trafficPolicy: { tls } },
    });
  }
}

async function call({ planned, curlExit }: MatrixRow): Promise<{ curlExit: number; httpCode: number | null }> {
  if (planned.client.isGateway) {
    const answer = await callGateway(lab);
    return "status" in answer ? { curlExit: 0, httpCode: answer.status } : { curlExit: 35, httpCode: null };
  }
  const { namespace } = planned.server;
  const host =
    planned.addressed === "pod-address"
      ? `${podOf(lab, namespace, planned.service.name).address}:${planned.port}`
      : `${planned.service.name}.${namespace}:${planned.servicePort}`;
  // The row that hangs need not hang for the recorded five seconds.
  const limit = curlExit === 28 ? ["-m", "1"] : [];
  const result = await curlFrom(lab, planned.client.namespace, "-k", ...limit, `${planned.scheme}://${host}/`);
  return { curlExit: result.exitCode, httpCode: result.status === 0 ? null : result.status };
}

const CONFIG: MeshConfig = { rootNamespace: recorded.rootNamespace, trustDomain: "cluster.local", enableAutoMtls: true, read: true };
const WORKLOADS: Record<string, { ns: string; labels: Record<string, string | undefined> }> = recorded.workloads;
const toLabels = (labels: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(labels).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

const CASES = recorded.cases.flatMap(({ id, title, policies, expect: expected }) =>
  expected.map((one) => ({ id, title, policies: policies as CasePolicy[], ...one })),
);

test.each(CASES)("case $id, $title: $workload:$port is $mode", async ({ policies, workload, port, mode }) => {
  const subject = WORKLOADS[workload];
  if (subject === undefined) throw new Error(`the case names no workload ${workload}`);
  const { ns: namespace } = subject;
  const labels = toLabels(subject.labels);
  const predicted = decidePortMode(decideWorkloadPolicy(policies.map(toPolicy), CONFIG, { namespace, labels }), port);
  expect(predicted.mode).toBe(mode);

  for (const object of toPolicyObjects(policies)) lab.store.put(RESOURCE.peerAuthentications, object);
  await lab.dataPlane.settled();
  const app = labels["app"] ?? workload;
  const { address } = findPod(namespace, app, workload);
  const accepted = { plaintext: await acceptsPlaintext(address, port), tls: await acceptsTls(address, port) };
  expect(accepted).toEqual({ plaintext: mode !== "STRICT", tls: mode !== "DISABLE" });
});

/** The gateway of the cases is a pod of their own that shares its labels with the lab's. */
function findPod(namespace: string, app: string, workload: string): { address: string } {
  const pods = lab.store.list(RESOURCE.pods, namespace).filter(({ metadata }) => metadata.labels?.["app"] === app);
  const pod = pods.find(({ metadata }) => metadata.name.startsWith(`${workload}-`)) ?? pods[0];
  if (pod === undefined) throw new Error(`no pod of ${workload}`);
  return { address: String(pod.status?.["podIP"]) };
}

function toPolicy({ name, ns, mode, selector, ports, t = 0, rev }: CasePolicy): PeerAuthentication {
  const toMode = (value: string | null | undefined): Mode => (isMode(value) ? value : "UNSET");
  return {
    namespace: ns,
    name,
    uid: `${ns}/${name}`,
    resourceVersion: "1",
    createdAt: t * 1000,
    labels: rev === undefined ? {} : { "istio.io/rev": rev },
    annotations: {},
    selector: selector === undefined || Object.keys(selector).length === 0 ? null : toLabels(selector),
    mode: isMode(mode) ? mode : null,
    ports: Object.fromEntries(Object.entries(ports ?? {}).map(([port, value]) => [Number(port), toMode(value)])),
    owners: [],
    yaml: "",
  };
}

/** @returns whether HTTP came back to plain HTTP; a reset is no answer */
function acceptsPlaintext(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, host, () => socket.write("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    socket.once("data", (chunk) => {
      resolve(chunk.toString().startsWith("HTTP/1.1"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}

/** @returns whether the sidecar took up a TLS handshake: it shows its certificate, whatever it then says of ours */
function acceptsTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host, port, ALPNProtocols: ["istio"], rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate() !== undefined);
      socket.destroy();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(/CERTIFICATE_REQUIRED/.test(error.code ?? "")));
  });
}
