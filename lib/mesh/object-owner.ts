import type { FieldOwner } from "./objects";

/** Whose an object is, as far as the object itself tells. */
export interface ObjectOwner {
  /** A GitOps tool (or Helm) keeps a copy elsewhere and will likely put it back; `other` writes it and may do so again. */
  kind: "gitops" | "other";
  /** What a second act names: "Argo CD application web", or the manager's name when nothing more is known. */
  name: string;
  /** Names in managedFields that stand for it. */
  managers: string[];
}

/** What is looked at of an object. */
export interface Owned {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Newest last. */
  owners: readonly FieldOwner[];
}

interface Tool {
  /** Its name in managedFields. */
  isManager(manager: string): boolean;
  /** @returns words for the thing that owns the object; null when neither label nor annotation says so */
  toName(owned: Owned): string | null;
}

/** What tools leave on the objects they keep, from their documentation: Argo CD "Resource Tracking", Flux "Garbage collection", Helm "Labels and annotations". */
const TOOLS: readonly Tool[] = [
  {
    isManager: (manager) => manager.startsWith("argocd-"),
    toName({ labels, annotations }) {
      // The tracking id is `<application>:<group>/<kind>:<namespace>/<name>`.
      const tracked = annotations["argocd.argoproj.io/tracking-id"];
      const application = tracked === undefined ? labels["argocd.argoproj.io/instance"] : tracked.split(":")[0];
      return application === undefined ? null : toWords("Argo CD application", application);
    },
  },
  {
    isManager: (manager) => manager === "kustomize-controller",
    toName: ({ labels }) => toFluxName("Flux Kustomization", labels, "kustomize.toolkit.fluxcd.io"),
  },
  {
    isManager: (manager) => manager === "helm-controller",
    toName: ({ labels }) => toFluxName("Flux HelmRelease", labels, "helm.toolkit.fluxcd.io"),
  },
  {
    isManager: (manager) => manager === "helm",
    toName({ labels, annotations }) {
      if (labels["app.kubernetes.io/managed-by"] !== "Helm") return null;
      return toWords("Helm release", annotations["meta.helm.sh/release-name"] ?? "");
    },
  },
];

const PADLOCK = "padlock";

/**
 * Whoever keeps an object and would put it back after a change: a GitOps tool by its labels, annotations or managed fields, or another program that
 * wrote its mode. kubectl and Padlock stand for a person at the keyboard and are nobody's rival.
 * @returns null when nobody would
 */
export function findOwner(owned: Owned): ObjectOwner | null {
  for (const tool of TOOLS) {
    const managers = owned.owners.map(({ manager }) => manager).filter(tool.isManager);
    const name = tool.toName(owned) ?? managers.at(-1);
    if (name !== undefined) return { kind: "gitops", name, managers };
  }
  const other = owned.owners.findLast(({ manager, ownsMode }) => ownsMode && !isOwnHand(manager));
  return other === undefined ? null : { kind: "other", name: other.manager, managers: [other.manager] };
}

/** Padlock made it, or wrote its mode last: then it may delete it again. */
export function isPadlocks({ labels, owners }: Owned): boolean {
  return labels["app.kubernetes.io/managed-by"] === PADLOCK || owners.some(({ manager, ownsMode }) => manager === PADLOCK && ownsMode);
}

/**
 * Managers that stand for a person at a terminal, or for Padlock itself: what Padlock created belongs to it as an `Update`, which is another
 * owner than its `Apply`.
 */
export function isOwnHand(manager: string): boolean {
  return manager === PADLOCK || manager === "kubectl" || manager.startsWith("kubectl-");
}

function toFluxName(kind: string, labels: Owned["labels"], prefix: string): string | null {
  const name = labels[`${prefix}/name`];
  const namespace = labels[`${prefix}/namespace`];
  return name === undefined ? null : toWords(kind, namespace === undefined ? name : `${namespace}/${name}`);
}

/** Names as Kubernetes allows them; anything else an annotation may hold is not repeated. */
const NAME = /^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?(\/[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?)?$/i;

function toWords(kind: string, name: string): string {
  return NAME.test(name) ? `${kind} ${name}` : `an unnamed ${kind}`;
}
