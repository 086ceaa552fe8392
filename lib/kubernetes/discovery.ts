import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError } from "./errors";
import type { ResourceType } from "./paths";

const groupShape = z.object({
  versions: z.array(z.object({ version: z.string() })),
  preferredVersion: z.object({ version: z.string() }).optional().catch(undefined),
});
const versionShape = z.object({ gitVersion: z.string(), major: z.string().catch(""), minor: z.string().catch("") });

export interface Discovery {
  /**
   * The version to speak with a resource's group: the server's preferred one when this code understands it, else the best that both know.
   * @throws NotFoundError when the server has no such group (Istio is not installed)
   */
  versionOf(resource: ResourceType, signal?: AbortSignal): Promise<string>;
  /** The same, without asking: null while it has not been asked, and when there is none. */
  knownVersion(resource: ResourceType): string | null;
  /** Forgets what was learned of a group: its CRDs may have come, gone or been upgraded. */
  forget(resource: ResourceType): void;
}

interface Group {
  versions: string[];
  preferred: string | undefined;
}

/** Asks each group once (`GET /apis/<group>`). */
export function createDiscovery(connection: KubernetesConnection): Discovery {
  const groups = new Map<string, Group>();
  return {
    async versionOf(resource, signal) {
      if (resource.group === "") return "v1";
      let group = groups.get(resource.group);
      if (!group) {
        const path = `/apis/${encodeURIComponent(resource.group)}`;
        const answer = groupShape.safeParse(await connection.request({ path, ...(signal ? { signal } : {}) }));
        if (!answer.success) throw new BadAnswerError("GET", path, "it is not an APIGroup", { cause: answer.error });
        group = { versions: answer.data.versions.map(({ version }) => version), preferred: answer.data.preferredVersion?.version };
        groups.set(resource.group, group);
      }
      const chosen = choose(resource, group);
      if (chosen !== null) return chosen;
      const { versions } = group;
      throw new BadAnswerError("GET", `/apis/${resource.group}`, `it serves ${versions.join(", ") || "no version"}, none of ${resource.versions.join(", ")}`);
    },
    knownVersion(resource) {
      const group = groups.get(resource.group);
      return group === undefined ? null : choose(resource, group);
    },
    forget(resource) {
      groups.delete(resource.group);
    },
  };
}

function choose(resource: ResourceType, { versions, preferred }: Group): string | null {
  if (preferred !== undefined && resource.versions.includes(preferred)) return preferred;
  return resource.versions.find((version) => versions.includes(version)) ?? null;
}

/** @returns the server's own name for its version, `v1.35.4`; `v1.35` of builds that carry none */
export async function getServerVersion(connection: KubernetesConnection, signal?: AbortSignal): Promise<string> {
  const answer = versionShape.safeParse(await connection.request({ path: "/version", ...(signal ? { signal } : {}) }));
  if (!answer.success) throw new BadAnswerError("GET", "/version", "it holds no gitVersion", { cause: answer.error });
  const { gitVersion, major, minor } = answer.data;
  return /^v0\.0\.0\b/.test(gitVersion) && major !== "" ? `v${major}.${minor}` : gitVersion;
}
