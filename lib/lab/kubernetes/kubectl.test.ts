import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RESOURCE } from "../objects";
import { createHandler } from "./handler";
import { createKubernetesApi } from "./server";
import { ADMIN_TOKEN, createTestDataPlane, createTestStore, createTestTls, TOKENS } from "./test-cluster";

/** What kubectl 1.32 sends, command by command, in the order it was seen to; kubectl itself went on to succeed with answers like these. */
interface SeenCommand {
  command: string;
  requests: { method: string; path: string; accept?: string; userAgent: string; contentType?: string; body?: string; bodyBase64?: string; status: number }[];
}

const readText = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), "utf8");

test("kubectl's own requests are answered as it needs them", async () => {
  const store = createTestStore();
  const handle = createHandler({
    store,
    dataPlane: createTestDataPlane(),
    tokens: TOKENS,
    version: { major: "1", minor: "35", gitVersion: "v1.35.4" },
  });
  const commands = JSON.parse(readText("kubectl-requests.json")) as SeenCommand[];
  const answers = new Map<string, unknown>();
  for (const { command, requests } of commands) {
    for (const { method, path, accept, userAgent, contentType, body, bodyBase64, status } of requests) {
      const headers = {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        "user-agent": userAgent,
        ...(accept ? { accept } : {}),
        ...(contentType ? { "content-type": contentType } : {}),
      };
      // `diff` sends back the resourceVersion it has just read.
      const live = store.get(RESOURCE.peerAuthentications, "istioinaction", "default")?.metadata.resourceVersion;
      const sent = bodyBase64 === undefined ? body?.replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${live}"`) : Buffer.from(bodyBase64, "base64");
      const response = await handle(new Request(`https://lab${path}`, { method, headers, ...(sent === undefined ? {} : { body: sent }) }));
      expect([command, method, path, response.status]).toEqual([command, method, path, status]);
      const text = await response.text();
      if (accept?.startsWith("application/json;g=apidiscovery"))
        expect(response.headers.get("content-type")).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
      if (accept?.includes("as=Table")) expect(JSON.parse(text).kind).toBe("Table");
      if (response.headers.get("content-type")?.startsWith("application/json")) answers.set(`${command} ${method}`, JSON.parse(text));
    }
  }
  expect(commands.length).toBeGreaterThan(15);
  expect(answers.get("create namespace other POST")).toMatchObject({ kind: "Namespace", metadata: { name: "other" }, status: { phase: "Active" } });
  expect(answers.get("auth can-i patch peerauthentications -n istioinaction POST")).toMatchObject({
    spec: { resourceAttributes: { verb: "patch", resource: "peerauthentications", namespace: "istioinaction" } },
    status: { allowed: true },
  });
  expect(answers.get("auth whoami POST")).toMatchObject({ status: { userInfo: { username: "admin" } } });
});

const hasKubectl = (() => {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** What varies between two runs of a session, in kubectl's output. */
function toSteady(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uid>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, "<time>")
    .replace(/resourceVersion: "\d+"/g, 'resourceVersion: "<rv>"')
    .replace(/(?<=\s)(\d+[dhms])+(?=\s|$)/gm, "<age>")
    .replace(/\S+\/(LIVE|MERGED)-\d+/g, "<$1>")
    .split("\n")
    .map((line) => line.replace(/(?<=\S) {2,}/g, "  ").trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

// Where there is no kubectl, the replay above stands for it.
test.runIf(hasKubectl)("a session of the real kubectl prints what it printed on a real cluster", { timeout: 60_000 }, async () => {
  const tls = await createTestTls();
  const api = createKubernetesApi({ store: createTestStore(), dataPlane: createTestDataPlane(), tokens: TOKENS, tls });
  const folder = mkdtempSync(join(tmpdir(), "padlock-kubectl-"));
  try {
    const { port } = await api.listen(0, "127.0.0.1");
    const kubeconfig = join(folder, "config");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "lab", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": Buffer.from(tls.cert).toString("base64") } }],
        users: [{ name: "admin", user: { token: ADMIN_TOKEN } }],
        contexts: [{ name: "lab", context: { cluster: "lab", user: "admin" } }],
        "current-context": "lab",
      }),
    );
    for (const block of readText("kubectl-expected.txt").split(/\n(?=\$ kubectl )/)) {
      const [commandLine = "", ...expected] = block.trim().split("\n");
      const [words = "", stdin] = commandLine.replace("$ kubectl ", "").split("<<<");
      const printed = await runKubectl(
        ["--kubeconfig", kubeconfig, "--cache-dir", join(folder, "cache"), ...toWords(words)],
        stdin?.trim().replaceAll("\\n", "\n"),
      );
      expect(`${commandLine}\n${toSteady(printed)}`).toBe(`${commandLine}\n${toSteady(expected.join("\n"))}`);
    }
  } finally {
    await api.close();
    rmSync(folder, { recursive: true });
  }
});

const toWords = (line: string) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");

function runKubectl(words: string[], stdin = ""): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile("kubectl", words, { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve(`${stdout}${stdout && stderr ? "\n" : ""}${stderr}\n[exit ${typeof error?.code === "number" ? error.code : 0}]`);
    });
    child.stdin?.end(stdin);
  });
}
