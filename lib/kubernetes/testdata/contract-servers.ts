import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLab } from "@/lib/lab/lab";

const realKubeconfig = process.env.PADLOCK_TEST_KUBECONFIG;

export interface Server {
  kubeconfig: string;
  close(): Promise<void>;
}

/** The whole lab, in a folder of its own. */
export async function startLabServer(): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), "padlock-contract-"));
  const lab = await startLab({ directory, scenario: fileURLToPath(new URL("../../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  return {
    kubeconfig: lab.kubeconfig,
    async close() {
      await lab.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const servers: [string, () => Promise<Server>][] = [["the embedded lab", startLabServer]];
if (realKubeconfig) servers.push(["a real cluster", async () => ({ kubeconfig: realKubeconfig, close: async () => undefined })]);

