import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { KubernetesError } from "./errors";
import { toPath } from "./paths";

const nodesShape = z.object({
  items: z.array(
    z.object({ status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })).catch([]) }).catch({ addresses: [] }) }),
  ),
});
const podShape = z.object({ status: z.object({ hostIP: z.string().min(1) }) });
const MOST = 20;

/**
 * Addresses under which a nodePort may answer: those of the nodes, external ones first, then those of the nodes that the pods run on. What may not be
 * read is left out.
 */
export async function readNodeAddresses(
  connection: KubernetesConnection,
  pods: readonly { namespace: string; name: string }[],
  signal?: AbortSignal,
): Promise<string[]> {
  const read = async (path: string) => {
    try {
      return await connection.request({ path, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (error instanceof KubernetesError) return null;
      throw error;
    }
  };
  const nodes = nodesShape.safeParse(await read(`${toPath({ group: "", version: "v1", plural: "nodes" })}?limit=${MOST}`));
  const addresses = nodes.success ? nodes.data.items.flatMap(({ status }) => status.addresses) : [];
  const ofType = (type: string) => addresses.filter((each) => each.type === type).map(({ address }) => address);
  const hosts = await Promise.all(
    pods.slice(0, 3).map(async ({ namespace, name }) => {
      const pod = podShape.safeParse(await read(toPath({ group: "", version: "v1", plural: "pods", namespace, name })));
      return pod.success ? [pod.data.status.hostIP] : [];
    }),
  );
  return [...new Set([...ofType("ExternalIP"), ...ofType("InternalIP"), ...hosts.flat()])].slice(0, MOST);
}
