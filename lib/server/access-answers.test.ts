import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectKubernetes, type KubernetesConnection } from "@/lib/kubernetes/connect";
import type { AccessQuestion } from "@/lib/kubernetes/reviews";
import { type AccessAnswers, createAccessAnswers } from "./access-answers";

/** A real API over HTTP that answers reviews as `allows` says, and counts. */
let allows: (namespace: string) => boolean;
let status: number;
let asked: string[];
let atOnce: number;
let mostAtOnce: number;
let folder: string;
let server: ReturnType<typeof createServer>;
let connection: KubernetesConnection;
let answers: AccessAnswers;
const changes = vi.fn();

const question = (namespace: string): AccessQuestion => ({ verb: "patch", group: "security.istio.io", resource: "peerauthentications", namespace });
const writeKubeconfig = (token: string) =>
  writeFileSync(
    path.join(folder, "kubeconfig"),
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token } }],
    }),
    { mode: 0o600 },
  );

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reply = (body: object) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.url?.includes("selfsubjectreviews")) return void reply({ status: { userInfo: { username: "ann", groups: [] } } });
  const { resourceAttributes } = (JSON.parse(Buffer.concat(chunks).toString()) as { spec: { resourceAttributes: { namespace: string } } }).spec;
  asked.push(resourceAttributes.namespace);
  mostAtOnce = Math.max(mostAtOnce, ++atOnce);
  await new Promise((resolve) => setTimeout(resolve, 10));
  atOnce -= 1;
  reply({ status: { allowed: allows(resourceAttributes.namespace) } });
}

beforeEach(async () => {
  [allows, status, asked, atOnce, mostAtOnce] = [() => true, 201, [], 0, 0];
  changes.mockClear();
  folder = mkdtempSync(path.join(tmpdir(), "padlock-rights-"));
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  writeKubeconfig("one");
  connection = await connectKubernetes({ kubeconfigPath: path.join(folder, "kubeconfig") });
  answers = createAccessAnswers(connection, changes);
});
afterEach(async () => {
  answers.close();
  await connection.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const known = (namespace: string, expected: boolean | null) => vi.waitFor(() => expect(answers.isAllowed(question(namespace))).toBe(expected));

test("nothing is known until the server has answered; then it is, and is not asked again while it is fresh", async () => {
  allows = (namespace) => namespace === "shop";
  expect(answers.isAllowed(question("shop"))).toBeNull();
  await known("shop", true);
  await known("other", false);
  await vi.waitFor(() => expect(answers.user).toBe("ann"));
  for (let look = 0; look < 20; look++) answers.isAllowed(question("shop"));
  expect(asked.toSorted()).toEqual(["other", "shop"]);
  expect(changes).toHaveBeenCalled();
});

test("many questions are asked a few at a time, each once", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
  for (let look = 0; look < 3; look++) for (const name of names) answers.isAllowed(question(name));
  await vi.waitFor(() => expect(names.every((name) => answers.isAllowed(question(name)) === true)).toBe(true), 10_000);
  expect(asked).toHaveLength(40);
  expect(mostAtOnce).toBeLessThanOrEqual(4);
});

test("a refused command has everything asked anew; until then the last answer stands", async () => {
  await known("shop", true);
  allows = () => false;
  answers.refused();
  expect(answers.isAllowed(question("shop"))).toBe(true);
  await known("shop", false);
});

test("other credentials have everything asked anew", async () => {
  await known("shop", true);
  allows = () => false;
  writeKubeconfig("two");
  await connection.renewCredentials();
  answers.isAllowed(question("shop"));
  await known("shop", false);
});

test("a server that cannot say leaves it unknown, and is not asked again at once", async () => {
  status = 500;
  answers.isAllowed(question("shop"));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await vi.waitFor(() => expect(atOnce).toBe(0));
  for (let look = 0; look < 20; look++) {
    expect(answers.isAllowed(question("shop"))).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(asked).toHaveLength(1);
});

test("while the server is away nothing is asked", async () => {
  connection.gate.fail(60_000);
  expect(answers.isAllowed(question("shop"))).toBeNull();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toEqual([]);
});
