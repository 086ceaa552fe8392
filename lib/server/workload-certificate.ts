import type { ShownCertificate } from "@/lib/mesh/certificate";
import type { Workload } from "@/lib/mesh/objects";
import { NoCertificateError, readServerCertificate } from "@/lib/probe/certificate";
import { ApiError } from "./api-error";

/**
 * What the proxy of a workload shows in a handshake of our own.
 * @param begin called before the handshake; what it throws ends the read
 * @throws ApiError not-found, source-unavailable
 */
export async function readWorkloadCertificate(
  workloads: readonly Workload[],
  { namespace, workload }: { namespace: string; workload: string },
  begin: () => void,
): Promise<ShownCertificate> {
  const found = workloads.find((each) => each.namespace === namespace && each.name === workload);
  const address = found?.pods.find((pod) => pod.ready && pod.ip !== null)?.ip;
  const [port] = found?.ports ?? [];
  if (found === undefined || address == null || port === undefined)
    throw new ApiError("not-found", `${namespace}/${workload} has no ready pod with a declared port.`);
  if (found.sidecar !== "sidecar") throw new ApiError("not-found", `${namespace}/${workload} has no sidecar, so nobody shows a certificate for it.`);
  begin();
  return readServerCertificate({ address, port }).catch((error: unknown) => {
    throw error instanceof NoCertificateError
      ? new ApiError("source-unavailable", `${error.message}. From outside a cluster pods are often not reachable.`, {}, { cause: error })
      : error;
  });
}
