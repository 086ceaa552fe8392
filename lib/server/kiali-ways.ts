import { readFile } from "node:fs/promises";
import type { KialiWay } from "@/lib/kiali/connector";
import { KialiAbsent, KialiAddressInvalid, KialiUnreachable } from "@/lib/kiali/errors";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { ForbiddenError, KubernetesError } from "@/lib/kubernetes/errors";
import { findDoors, findKialiServices, findPodBehind } from "@/lib/kubernetes/find-kiali";
import type { KialiService } from "@/lib/kubernetes/kiali-objects";
import { openPortForward } from "@/lib/kubernetes/port-forward";
import type { Config } from "./config";
import { createProxyFetch, toProxyPath } from "./kiali-fetch";

export interface KialiWaysOptions {
  kiali: Pick<Config["kiali"], "url" | "caFile">;
  /** Padlock runs in a pod, where names of the cluster's DNS lead somewhere. */
  inCluster: boolean;
  connection: KubernetesConnection;
  rootNamespace(): string;
  /** Where to look when Services of all namespaces may not be listed. */
  namespaces: readonly string[];
}

/**
 * The ways to Kiali, in this order: the address that was given; else, for each Service that is Kiali's, an Ingress or Route that leads to it,
 * its name inside the cluster, the API server's service proxy, a port-forward to a pod of its. Nothing else is ever tried.
 * @throws KialiAbsent when there is no such Service; KialiUnreachable when it cannot be looked for; KialiAddressInvalid when the CA file cannot be read
 */
export async function findKialiWays(options: KialiWaysOptions, signal: AbortSignal): Promise<KialiWay[]> {
  const { kiali, connection, rootNamespace, namespaces } = options;
  const ca = await readAuthority(kiali.caFile);
  if (kiali.url !== null) return [{ url: kiali.url, ca, says: "the address that was given", link: kiali.url, takesToken: true }];
  try {
    const services = await findKialiServices(connection, { rootNamespace: rootNamespace(), places: namespaces, signal });
    if (services.length === 0) throw toAbsent(rootNamespace());
    const ways = await Promise.all(services.map((service) => findWaysTo(service, options, ca, signal)));
    return ways.flat();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof KubernetesError)
      throw new KialiUnreachable(`Kiali cannot be looked for in the cluster: ${error.message}`, "NO_API_SERVER", { cause: error });
    throw error;
  }
}

function toAbsent(rootNamespace: string): KialiAbsent {
  return new KialiAbsent(
    `Kiali is absent: no Service that Padlock may see is labelled app.kubernetes.io/name=kiali or app=kiali, or named kiali (in ${rootNamespace} or elsewhere). Install it, or give its address with --kiali`,
  );
}

async function findWaysTo(
  service: KialiService,
  { connection, inCluster }: KialiWaysOptions,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<KialiWay[]> {
  const { namespace, name, port } = service;
  const doors = await findDoors(connection, service, signal);
  const link = service.externalUrl ?? doors[0]?.url ?? null;
  const schemes = service.secure === null ? (["http", "https"] as const) : ([service.secure ? "https" : "http"] as const);
  const outside: KialiWay[] = doors.map(({ kind, url, ...door }) => ({
    url,
    ca,
    says: `${kind} ${door.namespace}/${door.name} (${url})`,
    link: link ?? url,
    // Somebody else chose it, and anybody between here and there could read a token along.
    takesToken: url.startsWith("https:"),
  }));
  const inside = schemes.flatMap((scheme): KialiWay[] => {
    const url = `${scheme}://${name}.${namespace}.svc:${port}`;
    const proxyPath = toProxyPath(service, scheme);
    const direct: KialiWay = { url, ca, says: `its name inside the cluster (${url})`, link, takesToken: true };
    const proxied: KialiWay = {
      url,
      says: `the API server's service proxy (${connection.target.server}${proxyPath})`,
      fetch: createProxyFetch(connection, proxyPath),
      carriesBearer: false,
      link,
      takesToken: true,
    };
    const forwarded: KialiWay = {
      url,
      ca,
      says: `a port-forward to a pod of Service ${namespace}/${name}`,
      link,
      takesToken: true,
      // A pod is chosen for each connection: the one of yesterday may be gone.
      async dial() {
        const pod = await findPodBehind(connection, service).catch(toWordsOfForward);
        return openPortForward(connection, { namespace, pod: pod.name, port: pod.port }).catch(toWordsOfForward);
      },
    };
    return [...(inCluster ? [direct] : []), proxied, ...(Object.keys(service.selector).length > 0 ? [forwarded] : [])];
  });
  return [...outside, ...inside];
}

function toWordsOfForward(error: unknown): never {
  if (!(error instanceof KubernetesError)) throw error;
  const right = error instanceof ForbiddenError ? "the API server says: " : "";
  throw new KialiUnreachable(`${right}${error.message}`, "NO_FORWARD", { cause: error });
}

async function readAuthority(file: string | null): Promise<string | undefined> {
  if (file === null) return undefined;
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new KialiAddressInvalid(`The CA file for Kiali, ${file}, cannot be read (${code})`, { cause: error });
  }
}
