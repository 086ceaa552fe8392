import { z } from "zod";
import { toPod } from "@/lib/kubernetes/pod-objects";
import { MANAGED_BY } from "@/lib/kubernetes/policies";
import type { CallerKind } from "./find-callers";

/** On every pod that Padlock makes, and on no other. */
export const PROBE_LABEL = "padlock.dev/probe";
/** A pinned release of curl's own image; another one needs curl and sleep. */
export const PROBE_IMAGE = "docker.io/curlimages/curl:8.12.1";
export const PROBE_CONTAINER = "curl";
/** A pod that is forgotten stops running by itself, seconds. */
const LONGEST = 8 * 3600;
/** What waiting reasons mean that nothing but a person's act ends (kubelet, pkg/kubelet/images and kuberuntime). */
const STUCK =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff)$/;

export function isProbePod(labels: Readonly<Record<string, string>>): boolean {
  return labels[PROBE_LABEL] !== undefined && labels["app.kubernetes.io/managed-by"] === MANAGED_BY["app.kubernetes.io/managed-by"];
}

/** @returns null for a pod of another's */
export function toProbeKind(labels: Readonly<Record<string, string>>): CallerKind | null {
  const kind = labels[PROBE_LABEL];
  return isProbePod(labels) && (kind === "with-sidecar" || kind === "without-sidecar") ? kind : null;
}

export function toProbeName(kind: CallerKind): string {
  return `padlock-${kind}`;
}

/** The pod as it is sent: no rights, no token, little of everything; Pod Security's level `restricted` lets it in. */
export function toProbePod({ kind, namespace, image }: { kind: CallerKind; namespace: string; image: string }) {
  const inject = kind === "with-sidecar" ? "true" : "false";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: toProbeName(kind),
      namespace,
      labels: {
        app: toProbeName(kind),
        ...MANAGED_BY,
        [PROBE_LABEL]: kind,
        "sidecar.istio.io/inject": inject,
        // In an ambient namespace it would else be captured, and be neither.
        "istio.io/dataplane-mode": "none",
      },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: LONGEST,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, runAsUser: 65_534, runAsGroup: 65_534, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: PROBE_CONTAINER,
          image,
          command: ["sleep", String(LONGEST)],
          resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

export interface ProbePodProgress {
  state: "waiting" | "ready" | "failed" | "removing";
  says: string;
}

const waiting = z.object({ reason: z.string().catch(""), message: z.string().catch("") });
const statuses = z.array(z.object({ name: z.string(), state: z.object({ waiting: waiting.optional() }).catch({}) })).catch([]);
const progressShape = z.object({
  metadata: z.object({ deletionTimestamp: z.string().optional() }),
  status: z.object({
    phase: z.string().catch(""),
    reason: z.string().catch(""),
    message: z.string().catch(""),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().catch(""), message: z.string().catch("") })).catch([]),
    containerStatuses: statuses,
    initContainerStatuses: statuses,
  }),
});

/** What a probe pod waits for, or why it will not run. @param object the Pod as the API server has it */
export function toProbePodProgress(object: unknown, kind: CallerKind): ProbePodProgress {
  const parsed = progressShape.safeParse(object);
  const pod = toPod(object);
  if (!parsed.success || pod === null) return { state: "waiting", says: "It has been stored." };
  const { metadata, status } = parsed.data;
  if (metadata.deletionTimestamp !== undefined) return { state: "removing", says: "It is being removed." };
  if (status.phase === "Failed" || status.phase === "Succeeded")
    return { state: "failed", says: `It has ended${status.reason === "" ? "" : ` (${status.reason}${cut(status.message)})`}: remove it and start another.` };
  // Before it is ready as well: what admission made of it does not change any more.
  if (kind === "with-sidecar" && pod.sidecar !== "sidecar")
    return {
      state: "failed",
      says: "It came without istio-proxy, since no injector acted on it: check that istiod's injection webhook is there, and label the namespace.",
    };
  if (kind === "without-sidecar" && pod.sidecar !== "none")
    return { state: "failed", says: "It came with a sidecar although it asks for none: look at the namespace's injection." };
  if (pod.ready) return { state: "ready", says: "It is ready to call." };
  const scheduled = status.conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False")
    return { state: "waiting", says: `No node takes it yet (${scheduled.reason || "not scheduled"}${cut(scheduled.message)}).` };
  for (const { name, state } of [...status.initContainerStatuses, ...status.containerStatuses]) {
    if (state.waiting === undefined || !STUCK.test(state.waiting.reason)) continue;
    const isImage = /Image/.test(state.waiting.reason);
    const step = isImage && name === PROBE_CONTAINER ? " Start Padlock with --probe-image and an image your cluster can pull." : "";
    return { state: "failed", says: `Container ${name} does not start (${state.waiting.reason}${cut(state.waiting.message)}).${step}` };
  }
  return scheduled === undefined
    ? { state: "waiting", says: "It waits for a node." }
    : { state: "waiting", says: "Its image is pulled and its containers are started." };
}

/** Messages come from schedulers, registries and webhooks. */
function cut(message: string): string {
  return message === "" ? "" : `: ${message.slice(0, 200)}`;
}
