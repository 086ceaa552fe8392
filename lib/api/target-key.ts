/** A command says in this header which cluster it is meant for. */
export const TARGET_HEADER = "confirmed-target";

/** One cluster, as a header can hold it: contexts of two kubeconfigs may have the same name, and names may hold anything. */
export function toTargetKey({ context, server }: { context: string; server: string }): string {
  return `${encodeURIComponent(context)}@${encodeURI(server)}`;
}
