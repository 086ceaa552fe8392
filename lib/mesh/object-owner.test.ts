import { expect, test } from "vitest";
import { findOwner, isPadlocks, type Owned } from "./object-owner";

const owner = (manager: string, ownsMode = true) => ({ manager, operation: "Apply" as const, at: 0, ownsMode });
const owned = (given: Partial<Owned>): Owned => ({ labels: {}, annotations: {}, owners: [], ...given });

interface Row {
  what: string;
  given: Partial<Owned>;
  name: string;
  managers?: string[];
}

test.each<Row>([
  {
    what: "Argo CD's tracking id",
    given: { annotations: { "argocd.argoproj.io/tracking-id": "mesh:security.istio.io/PeerAuthentication:istioinaction/default" } },
    name: "Argo CD application mesh",
  },
  { what: "Argo CD's label", given: { labels: { "argocd.argoproj.io/instance": "mesh" } }, name: "Argo CD application mesh" },
  { what: "only Argo CD's manager", given: { owners: [owner("argocd-controller")] }, name: "argocd-controller", managers: ["argocd-controller"] },
  {
    what: "label and manager of Argo CD",
    given: { labels: { "argocd.argoproj.io/instance": "mesh" }, owners: [owner("argocd-controller"), owner("kubectl-edit")] },
    name: "Argo CD application mesh",
    managers: ["argocd-controller"],
  },
  {
    what: "Flux's Kustomization",
    given: { labels: { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" } },
    name: "Flux Kustomization flux-system/apps",
  },
  { what: "Flux's HelmRelease", given: { labels: { "helm.toolkit.fluxcd.io/name": "mesh" } }, name: "Flux HelmRelease mesh" },
  { what: "only Flux's manager", given: { owners: [owner("kustomize-controller")] }, name: "kustomize-controller", managers: ["kustomize-controller"] },
  {
    what: "a release of Helm",
    given: { labels: { "app.kubernetes.io/managed-by": "Helm" }, annotations: { "meta.helm.sh/release-name": "istio-policies" } },
    name: "Helm release istio-policies",
  },
  {
    what: "a tracking id that is no name",
    given: { annotations: { "argocd.argoproj.io/tracking-id": "<img src=x onerror=alert(1)>\u202e" } },
    name: "an unnamed Argo CD application",
  },
])("$what names who would put it back", ({ given, name, managers = [] }) => {
  expect(findOwner(owned(given))).toEqual({ kind: "gitops", name, managers });
});

test("another program that wrote the mode is named; one that wrote something else is not", () => {
  expect(findOwner(owned({ owners: [owner("terraform")] }))).toEqual({ kind: "other", name: "terraform", managers: ["terraform"] });
  expect(findOwner(owned({ owners: [owner("label-sync", false)] }))).toBeNull();
});

test.each(["kubectl", "kubectl-client-side-apply", "kubectl-edit", "padlock"])("%s is the person's own hand", (manager) => {
  expect(findOwner(owned({ owners: [owner(manager)] }))).toBeNull();
});

test("Padlock's are what it made and what it set the mode of, nothing else", () => {
  expect(isPadlocks(owned({ labels: { "app.kubernetes.io/managed-by": "padlock" } }))).toBe(true);
  expect(isPadlocks(owned({ owners: [owner("kubectl-create", false), owner("padlock")] }))).toBe(true);
  expect(isPadlocks(owned({ owners: [owner("kubectl-create")] }))).toBe(false);
  expect(isPadlocks(owned({ labels: { "app.kubernetes.io/managed-by": "Helm" } }))).toBe(false);
});
