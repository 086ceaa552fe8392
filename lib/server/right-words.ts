import type { AccessQuestion } from "@/lib/kubernetes/reviews";
import { quote } from "./shell-commands";

/** One verb that the API server refused to this user. */
export type MissingRight = AccessQuestion;

/** `peerauthentications.security.istio.io`, `pods/exec`: as kubectl and the API server's own refusals name resources. */
export function toResourceName({ group, resource, subresource }: Pick<AccessQuestion, "group" | "resource" | "subresource">): string {
  return `${resource}${group === "" ? "" : `.${group}`}${subresource === undefined ? "" : `/${subresource}`}`;
}

/**
 * Who may not do what where, one sentence for each resource and namespace.
 * @param user as the API server knows it; null when it cannot tell
 */
export function toMissingWords(missing: readonly MissingRight[], user: string | null): string {
  const sentences = groupByResource(missing).map(({ verbs, resource, namespace }) => {
    return `${user ?? "This user"} may not ${toList(verbs)} ${resource} ${namespace === undefined ? "at the cluster scope" : `in ${namespace}`}.`;
  });
  return sentences.join(" ");
}

/**
 * kubectl lines that give the user what is missing, for somebody who may grant it. They name no kubeconfig: it is not this user's.
 * @param name of the Role and RoleBinding that are made
 * @returns null when the user's name is not known, or a right is asked of the whole cluster
 */
export function toGrantCommand(missing: readonly MissingRight[], user: string | null, name: string): string | null {
  if (user === null || missing.length === 0 || missing.some(({ namespace }) => namespace === undefined)) return null;
  const groups = groupByResource(missing);
  const lines = groups.flatMap(({ verbs, resource, namespace = "" }, index) => {
    const role = quote(groups.length === 1 ? name : `${name}-${index + 1}`);
    const where = `-n ${quote(namespace)}`;
    return [
      `kubectl create role ${role} ${where} --verb=${verbs.join(",")} --resource=${quote(resource)}`,
      `kubectl create rolebinding ${role} ${where} --role=${role} ${toSubject(user)}`,
    ];
  });
  return lines.join("\n");
}

/** The API server names service accounts `system:serviceaccount:<namespace>:<name>`. */
function toSubject(user: string): string {
  const account = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(user);
  return account === null ? `--user=${quote(user)}` : `--serviceaccount=${account[1]}:${account[2]}`;
}

function groupByResource(missing: readonly MissingRight[]): { verbs: string[]; resource: string; namespace: string | undefined }[] {
  const groups = new Map<string, { verbs: string[]; resource: string; namespace: string | undefined }>();
  for (const right of missing) {
    const resource = toResourceName(right);
    const key = `${right.namespace ?? ""} ${resource}`;
    const group = groups.get(key) ?? { verbs: [], resource, namespace: right.namespace };
    if (!group.verbs.includes(right.verb)) group.verbs.push(right.verb);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function toList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
