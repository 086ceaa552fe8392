import type { Target } from "@/lib/api/state";
import type { GraphNode } from "@/lib/mesh/graph";

/**
 * Kiali's page of the same workload (`/console/namespaces/{namespace}/workloads/{workload}` below its web root).
 * @returns null where there is none: the lab's stand-in has no console, and what is not http(s) is no address to lead a person to
 */
export function toKialiUrl({ kind, kialiLink }: Pick<Target, "kind" | "kialiLink">, node: Pick<GraphNode, "kind" | "namespace" | "name">): string | null {
  if (kind !== "cluster" || kialiLink === null || node.kind !== "workload" || node.namespace === null) return null;
  if (!URL.canParse(kialiLink)) return null;
  const root = new URL(kialiLink);
  if (root.protocol !== "http:" && root.protocol !== "https:") return null;
  const path = `${root.pathname.replace(/\/+$/, "")}/console/namespaces/${encodeURIComponent(node.namespace)}/workloads/${encodeURIComponent(node.name)}`;
  // A name or password in Kiali's address is Padlock's own and goes into no link.
  return `${root.origin}${path}`;
}
