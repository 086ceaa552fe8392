import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLab } from "@/lib/lab/lab";
import { connectKubernetes } from "../connect";
import { ConflictError } from "../errors";

/** `FILE` or `FILE#context`: a kubeconfig of a real cluster that holds Istio's lab. */
const [realKubeconfig, realContext] = (process.env["PADLOCK_TEST_CLUSTER"] ?? "").split("#");

export interface Server {
  kubeconfig: string;
  /** The file's current one when absent. */
  context?: string;
  /** Where policies are written: on a cluster that others use, a namespace of the suite's own. */
  namespace: string;
  close(): Promise<void>;
}

/** The whole lab, in a folder of its own. */
export async function startLabServer(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), "padlock-contract-"));
  const lab = await startLab({ directory, scenario: fileURLToPath(new URL("../../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  return {
    kubeconfig: lab.kubeconfig,
    namespace: "istioinaction",
    async close() {
      await lab.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const servers: [string, () => Promise<Server>][] = [["the embedded lab", startLabServer]];
if (realKubeconfig) servers.push(["a real cluster", () => connectRealCluster(realKubeconfig, realContext)]);

const SUITES_OWN = "padlock-contract";

/** A namespace of the suite's own on the cluster. It stays, empty: where no controller ends namespaces, a deleted one could never be used again. */
async function connectRealCluster(kubeconfig: string, context: string | undefined): Promise<Server> {
  const choice = { kubeconfig, ...(context === undefined ? {} : { context }) };
  const connection = await connectKubernetes({ kubeconfigPath: kubeconfig, ...(context === undefined ? {} : { context }) });
  await connection
    .request({ method: "POST", path: "/api/v1/namespaces", body: { apiVersion: "v1", kind: "Namespace", metadata: { name: SUITES_OWN } } })
    .catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  return {
    ...choice,
    namespace: SUITES_OWN,
    async close() {
      await connection.close();
    },
  };
}
