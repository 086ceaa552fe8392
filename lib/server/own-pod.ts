import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** The pod this process runs in, by the service account's mounted namespace and the host name that a pod has. @returns null outside of a cluster */
export async function readOwnPod(inCluster: boolean): Promise<{ namespace: string; pod: string } | null> {
  if (!inCluster) return null;
  const namespace = await readFile(NAMESPACE_FILE, "utf8").catch(() => null);
  return namespace === null ? null : { namespace: namespace.trim(), pod: hostname() };
}
