import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type KubernetesApi, type Mode, NAMESPACE, openKubernetesApi, toPolicy, toPolicyPath } from "./kubernetes-api";
import { findProgram, run } from "./shell";

/** A person at a terminal beside the page. */
export interface Terminal {
  applyMode(mode: Mode): Promise<void>;
  deletePolicy(): Promise<void>;
  close(): Promise<void>;
}

const kubectlFile = findProgram("kubectl");

/** The ways of using a terminal that this machine has: kubectl's own requests replayed always, kubectl itself where it is found. */
export const terminals: { name: string; open(lab: string): Promise<Terminal> }[] = [
  { name: "kubectl's requests", open: async (lab) => replayKubectl(await openKubernetesApi(lab)) },
  ...(kubectlFile === null ? [] : [{ name: "kubectl", open: async (lab: string) => toKubectl(kubectlFile, lab) }]),
];

/** The requests of `kubectl apply` and `kubectl delete` (1.32), in their order and with their parameters. */
export function replayKubectl(api: KubernetesApi): Terminal {
  const query = "?fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
  return {
    async applyMode(mode) {
      const policy = toPolicy(mode);
      const applied = JSON.stringify({ ...policy, metadata: { annotations: {}, ...policy.metadata } });
      const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${applied}\n` };
      await api.must("GET", "/openapi/v3");
      const { status } = await api.ask("GET", toPolicyPath("default"));
      if (status === 404) {
        await api.must("GET", `/api/v1/namespaces/${NAMESPACE}`);
        await api.must("POST", toPolicyPath() + query, { type: "application/json", body: { ...policy, metadata: { ...policy.metadata, annotations } } });
      } else {
        await api.must("PATCH", toPolicyPath("default") + query, {
          type: "application/merge-patch+json",
          body: { metadata: { annotations }, spec: policy.spec },
        });
      }
    },
    async deletePolicy() {
      await api.must("DELETE", toPolicyPath("default"), { type: "application/json", body: { propagationPolicy: "Background" } });
      await api.ask("GET", toPolicyPath("default"));
    },
    close: () => api.close(),
  };
}

async function toKubectl(file: string, lab: string): Promise<Terminal> {
  const folder = await mkdtemp(path.join(tmpdir(), "terminal-"));
  const kubectl = async (...args: string[]) => {
    const { code, stderr } = await run(file, ["--kubeconfig", path.join(lab, "kubeconfig"), "--cache-dir", path.join(folder, "cache"), ...args]);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
  };
  // What kubectl learns of the API it keeps; a person has used it before.
  await kubectl("get", "peerauthentication", "-A");
  return {
    async applyMode(mode) {
      const manifest = path.join(folder, `${mode}.json`);
      await writeFile(manifest, JSON.stringify(toPolicy(mode)));
      await kubectl("apply", "-f", manifest);
    },
    deletePolicy: () => kubectl("delete", "peerauthentication", "default", "-n", NAMESPACE),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
