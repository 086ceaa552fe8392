import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startLab } from "@/lib/lab/lab";
import { connectKiali, type KialiConnection } from "./connect";
import { getGraph } from "./graph";
import { listNamespaces } from "./namespaces";
import { type RecordedVersion, startRecordedKiali } from "./recorded-kiali";
import { getMeshTlsStatus, getNamespaceTlsStatus, listNamespaceTlsStatuses } from "./tls-status";

/**
 * What Padlock asks of any Kiali, on the three that were recorded, on the embedded lab, and on a real one that shows namespace
 * istioinaction when PADLOCK_TEST_KIALI says where it is (a URL; PADLOCK_TEST_KIALI_TOKEN names a file with a token where it wants one).
 */
interface Target {
  name: string;
  strategy: string;
  token?: () => Promise<string>;
  start(): Promise<{ url: string; close(): Promise<void> }>;
}

const recorded = (version: RecordedVersion): Target => ({ name: `recorded ${version}`, strategy: "anonymous", start: () => startRecordedKiali(version) });

const lab: Target = {
  name: "embedded lab",
  strategy: "anonymous",
  async start() {
    const directory = await mkdtemp(path.join(tmpdir(), "padlock-kiali-contract-"));
    const { kialiUrl, close } = await startLab({ directory, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
    return {
      url: kialiUrl,
      async close() {
        await close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

function toReal(url: string, tokenFile: string | undefined): Target {
  const start = async () => ({ url, close: async () => undefined });
  if (tokenFile === undefined) return { name: "real Kiali", strategy: "anonymous", start };
  return { name: "real Kiali", strategy: "token", token: async () => (await readFile(tokenFile, "utf8")).trim(), start };
}
const realUrl = process.env["PADLOCK_TEST_KIALI"];
const real = realUrl === undefined ? [] : [toReal(realUrl, process.env["PADLOCK_TEST_KIALI_TOKEN"])];
describe.skipIf(real.length > 0)("real Kiali", () => test.skip("PADLOCK_TEST_KIALI names none: only recordings and the lab were asked", () => undefined));

for (const target of [recorded("kiali-main"), recorded("kiali-2.4"), recorded("kiali-1.73"), lab, ...real]) {
  describe(target.name, () => {
    let connection: KialiConnection;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const server = await target.start();
      close = server.close;
      connection = await connectKiali({ url: server.url, token: target.token });
      // A lab that has just started has namespaces of the same second, which no Kiali can show.
      await vi.waitFor(() => getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 }), { timeout: 5_000, interval: 250 });
    });
    afterAll(async () => {
      await connection.close();
      await close();
    });

    test("is found, also without its web root, and lets us in", () => {
      expect(connection.strategy).toBe(target.strategy);
      expect(new URL(connection.url).pathname).toBe("/kiali");
    });
    test("lists the lab's namespaces", async () => {
      expect(await listNamespaces(connection)).toEqual(expect.arrayContaining(["istio-system", "istioinaction"]));
    });
    test("gives the graph of istioinaction", async () => {
      const before = Date.now();
      const graph = await getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 });
      expect(graph.windowSeconds).toBe(60);
      expect(graph.receivedAt).toBeGreaterThanOrEqual(before);
      expect(graph.omitted).toEqual([]);
      const ids = new Set(graph.nodes.map((node) => node.id));
      expect(graph.edges.every((edge) => ids.has(edge.source) && ids.has(edge.target))).toBe(true);
    });
    test("one namespace that cannot be shown is flagged, the other shown (F16)", async () => {
      const graph = await getGraph(connection, { namespaces: ["istioinaction", "nowhere"], windowSeconds: 60 });
      expect(graph.omitted).toEqual(["namespace nowhere: it does not exist, or Kiali may not read it"]);
    });
    test("none that can be shown is forbidden, not empty", async () => {
      await expect(getGraph(connection, { namespaces: ["nowhere"], windowSeconds: 60 })).rejects.toMatchObject({
        name: "KialiForbidden",
        namespaces: ["nowhere"],
      });
    });
    test("a wrong parameter is rejected in Kiali's words", async () => {
      await expect(connection.get("api/namespaces/graph", { namespaces: "istioinaction", duration: "soon" })).rejects.toMatchObject({
        name: "KialiRejected",
        message: "Kiali calls the request wrong: Invalid duration [soon]",
      });
    });
    test("a path that is not there", async () => {
      await expect(connection.get("api/nothing", {})).rejects.toMatchObject({ name: "KialiNotFound" });
    });
    test("tells TLS words of mesh and namespaces", async () => {
      const mesh = await getMeshTlsStatus(connection);
      expect(mesh.word).not.toBeNull();
      expect(mesh.autoMtls).toBe(true);
      const one = await getNamespaceTlsStatus(connection, "istioinaction");
      expect(one.word).not.toBeNull();
      const several = await listNamespaceTlsStatuses(connection, ["istioinaction"]);
      expect(several).toMatchObject([{ namespace: "istioinaction", word: one.word }]);
    });
  });
}
