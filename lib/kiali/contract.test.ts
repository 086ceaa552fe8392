import { mkdtemp, rm } from "node:fs/promises";
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
 * istioinaction when PADLOCK_TEST_KIALI_URL says where it is.
 */
interface Target {
  name: string;
  start(): Promise<{ url: string; close(): Promise<void> }>;
}

const recorded = (version: RecordedVersion): Target => ({ name: `recorded ${version}`, start: () => startRecordedKiali(version) });

const lab: Target = {
  name: "embedded lab",
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

const realUrl = process.env.PADLOCK_TEST_KIALI_URL;
const real: Target[] = realUrl === undefined ? [] : [{ name: "real Kiali", start: async () => ({ url: realUrl, close: async () => undefined }) }];

for (const target of [recorded("kiali-main"), recorded("kiali-2.4"), recorded("kiali-1.73"), lab, ...real]) {
  describe(target.name, () => {
    let connection: KialiConnection;
    let close: () => Promise<void>;

    beforeAll(async () => {
      const server = await target.start();
      close = server.close;
      connection = await connectKiali({ url: server.url });
      // A lab that has just started has namespaces of the same second, which no Kiali can show.
      await vi.waitFor(() => getGraph(connection, { namespaces: ["istioinaction"], windowSeconds: 60 }), { timeout: 5_000, interval: 250 });
    });
    afterAll(async () => {
      await connection.close();
      await close();
    });

    test("is found without its web root and without a login", () => {
      expect(connection.strategy).toBe("anonymous");
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
