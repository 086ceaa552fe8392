import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { LabAlreadyRunsError } from "./checkout-lock";
import { type HandoverFacts, HandoverFolderError, openHandover } from "./handover";

const FACTS: HandoverFacts = {
  kubernetes: {
    server: "https://127.1.2.1:6443",
    ca: "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n",
    adminToken: "admin-token",
    viewToken: "view-token",
  },
  kialiUrl: "http://127.1.2.3:20001/kiali",
  gateway: { ip: "127.1.2.2", port: 8443, ca: "-----BEGIN CERTIFICATE-----\nYg==\n-----END CERTIFICATE-----\n" },
};

let directory: string;
const lab = (name: string) => path.join(directory, ".lab", name);
beforeEach(() => {
  // A name a shell could trip over.
  directory = path.join(mkdtempSync(path.join(tmpdir(), "padlock-")), 'it\'s $HOME `x` "y"');
  mkdirSync(directory);
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true, force: true }));

function readEnvironment(): Record<string, string> {
  const names = ["KUBECONFIG", "KIALI_URL", "GATEWAY_IP", "GATEWAY_PORT", "GATEWAY_CA", "PADLOCK_URL"];
  const script = `. "$1"; shift; for name; do eval "printf '%s=%s\\0' $name \\"\\$$name\\""; done`;
  const { stdout } = spawnSync("sh", ["-c", script, "sh", lab("lab.env"), ...names], { encoding: "utf8", env: { PATH: process.env.PATH, NODE_ENV: "test" } });
  return Object.fromEntries(
    stdout
      .split("\0")
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

test("hands over a kubeconfig for its owner alone, the gateway's CA and an environment a shell reads", async () => {
  const handover = await openHandover(directory);
  await handover.publish(FACTS);
  expect(statSync(lab("kubeconfig")).mode & 0o777).toBe(0o600);
  expect(statSync(path.join(directory, ".lab")).mode & 0o777).toBe(0o700);
  const kubeconfig = parse(readFileSync(lab("kubeconfig"), "utf8"));
  expect(kubeconfig["current-context"]).toBe("padlock-lab");
  expect(kubeconfig.clusters).toEqual([
    { name: "padlock-lab", cluster: { server: "https://127.1.2.1:6443", "certificate-authority-data": Buffer.from(FACTS.kubernetes.ca).toString("base64") } },
  ]);
  expect(kubeconfig.users[0]).toEqual({ name: "padlock", user: { token: "admin-token" } });
  expect(readFileSync(lab("root-ca.crt"), "utf8")).toBe(FACTS.gateway.ca);
  expect(readEnvironment()).toEqual({
    KUBECONFIG: lab("kubeconfig"),
    KIALI_URL: "http://127.1.2.3:20001/kiali",
    GATEWAY_IP: "127.1.2.2",
    GATEWAY_PORT: "8443",
    GATEWAY_CA: lab("root-ca.crt"),
    PADLOCK_URL: "",
  });
  await handover.close();
});

test("the page's address comes later, and only an http address", async () => {
  const handover = await openHandover(directory);
  await handover.publish(FACTS);
  await handover.setPadlockUrl("http://127.0.0.1:4480/");
  expect(readEnvironment()).toMatchObject({ PADLOCK_URL: "http://127.0.0.1:4480/", GATEWAY_PORT: "8443" });
  await expect(handover.setPadlockUrl("javascript:alert(1)")).rejects.toThrow(TypeError);
  await expect(handover.setPadlockUrl("nothing")).rejects.toThrow(TypeError);
  expect(readEnvironment().PADLOCK_URL).toBe("http://127.0.0.1:4480/");
  await handover.close();
});

test("a clean end leaves nothing, and keeps what is not the lab's", async () => {
  const handover = await openHandover(directory);
  await handover.publish(FACTS);
  await handover.close();
  expect(existsSync(path.join(directory, ".lab"))).toBe(false);

  const second = await openHandover(directory);
  writeFileSync(lab("notes.txt"), "mine");
  await second.publish(FACTS);
  await second.close();
  expect(readdirSync(path.join(directory, ".lab"))).toEqual(["notes.txt"]);
});

test("a second lab in one checkout is told where the first runs", async () => {
  const first = await openHandover(directory);
  await expect(openHandover(directory)).rejects.toThrow(`A lab already runs in ${directory} (process ${process.pid}). It is still starting.`);
  await first.publish(FACTS);
  await first.setPadlockUrl("http://127.0.0.1:4480/");
  const refusal = await openHandover(directory).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LabAlreadyRunsError);
  expect((refusal as Error).message).toBe(`A lab already runs in ${directory} (process ${process.pid}). Open http://127.0.0.1:4480/.`);
  // The refused one has touched nothing.
  expect(readEnvironment().KIALI_URL).toBe(FACTS.kialiUrl);
  await first.close();
  await (await openHandover(directory)).close();
});

test("what a killed lab left is taken over", async () => {
  mkdirSync(path.join(directory, ".lab"));
  for (const name of ["kubeconfig", "lab.env", "root-ca.crt", "kubeconfig.4711.tmp"]) writeFileSync(lab(name), "old", { mode: 0o644 });
  const killed = spawn(process.execPath, ["-e", "require('net').createServer().listen('.lab/lock.1.sock', () => console.log('up'))"], { cwd: directory });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(existsSync(lab("lock.1.sock"))).toBe(true);

  const handover = await openHandover(directory);
  expect(existsSync(lab("kubeconfig"))).toBe(false);
  await handover.publish(FACTS);
  expect(statSync(lab("kubeconfig")).mode & 0o777).toBe(0o600);
  expect(readdirSync(path.join(directory, ".lab")).sort()).toEqual(["kubeconfig", "lab.env", "lock.2.sock", "root-ca.crt"]);
  await handover.close();
});

test("of many labs that take over at once one wins", async () => {
  mkdirSync(path.join(directory, ".lab"));
  const killed = spawn(process.execPath, ["-e", "require('net').createServer().listen('.lab/lock.1.sock', () => console.log('up'))"], { cwd: directory });
  await once(killed.stdout, "data");
  killed.kill("SIGKILL");
  await once(killed, "exit");
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => openHandover(directory)));
  const winners = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  expect(winners).toHaveLength(1);
  for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(LabAlreadyRunsError);
  await winners[0]?.close();
});

test("a .lab that is no folder, or cannot be written, is said", async () => {
  writeFileSync(path.join(directory, ".lab"), "");
  await expect(openHandover(directory)).rejects.toThrow(HandoverFolderError);
  await expect(openHandover(directory)).rejects.toThrow(/\.lab cannot be used: EEXIST/);
});

test("a checkout that is not there is said", async () => {
  writeFileSync(path.join(directory, "file"), "");
  await expect(openHandover(path.join(directory, "file"))).rejects.toThrow(/\.lab cannot be used: ENOTDIR/);
});
