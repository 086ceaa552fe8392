import type { Call, Caller } from "@/lib/mesh/calls";
import type { EffectivePolicy } from "@/lib/mesh/effective-policy";
import type { MeshGraph } from "@/lib/mesh/graph";
import type { HistoryPoint } from "@/lib/mesh/history";
import type { Lock } from "@/lib/mesh/lock";
import type { EffectiveMode, SwitchPosition } from "@/lib/mesh/modes";
import type { ControlPlane, MeshConfig, Namespace, PeerAuthentication } from "@/lib/mesh/objects";
import type { CallersSection } from "./callers";
import type { GatewaySection } from "./gateway";
import type { Rights, UnreadKind } from "./rights";

/**
 * What a page knows, whole: the stream sends it on connect and then only the sections that changed (`StatePatch`).
 * Times are epoch ms by the server's clock; `clock` lets a page show ages without trusting its own.
 */
export interface LiveState {
  clock: {
    now: number;
    /** Set when the API server's clock differs so much that times by it must not be compared with times by ours: a sentence. */
    warning: string | null;
  };
  target: Target;
  sources: Record<SourceName, SourceStatus>;
  mesh: MeshSection;
  graph: MeshGraph;
  /** What Kiali observed over the last 15 minutes, oldest first; gaps are times in which nobody looked or Kiali did not answer. */
  history: readonly HistoryPoint[];
  posture: Posture;
  switch: SwitchSection;
  calls: CallsSection;
  run: RunSection;
  reset: ResetSection;
  journal: JournalEntry[];
  commands: Commands;
  gateway: GatewaySection;
  callers: CallersSection;
  /** What this user may do in the namespace of the switch, as the API server says. */
  rights: Rights;
  /** Kinds of objects that cannot be read now, each told apart from the others, from an empty list and from a server that is down. */
  unread: UnreadKind[];
}

export type Section = keyof LiveState;
export type StatePatch = Partial<LiveState>;

/** Which lab or cluster Padlock talks to; always on screen. */
export interface Target {
  /** The words for it: "embedded lab", or the context's name. */
  label: string;
  kind: "lab" | "cluster";
  context: string;
  /** The API server's address. */
  server: string;
  user: string;
  /** What is risky about the way there, in sentences. */
  warnings?: readonly string[];
  kubernetesVersion: string | null;
  /** Where Kiali is spoken to; null = not known. Behind the API server this is its name inside the cluster, which no browser can open. */
  kialiUrl: string | null;
  kialiVersion: string | null;
  /** Where a browser finds Kiali's own pages; null = no such address is known. */
  kialiLink: string | null;
  /** Set while Kiali lets nobody in without a login that Padlock does not have. */
  kialiLogin: KialiLogin | null;
  gateway: string | null;
  padlockVersion: string;
}

export interface KialiLogin {
  /** Kiali's word for it: `token`, `header`, `openid`, `openshift`. */
  strategy: string;
  /** Whether a token that is entered in the page would do. */
  takesToken: boolean;
}

/** Prometheus is asked by Kiali alone; it has a status of its own because a Kiali without it answers, and has nothing to say. */
export const SOURCE_NAMES = ["kubernetes", "kiali", "prometheus", "gateway"] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

export interface SourceStatus {
  state: "connecting" | "ok" | "stale" | "down" | "forbidden" | "absent";
  /** A sentence a person can act on; when ok null, or what to know although it answers. */
  reason: string | null;
  since: number;
  lastGood: number | null;
  /** When it is tried next; null when it is not being retried. */
  nextTry: number | null;
  /** How it is reached, in words with the address; null while it is not, absent where there is but one way. */
  reachedBy?: string | null;
}

export interface MeshSection {
  /** Of the control plane that decides in the namespace of the switch. */
  config: MeshConfig;
  controlPlanes: ControlPlane[];
  namespaces: Namespace[];
  policies: PeerAuthentication[];
  /** Per selected namespace, in the view's order. */
  effective: { namespace: string; policy: EffectivePolicy; workloads: { name: string; policy: EffectivePolicy }[] }[];
  /** What the caller-with and caller-without are; null when there is none, with the sentence why. */
  callers: Record<Caller, { name: string | null; pod: string | null; missing: string | null }>;
  /** `namespace/name` of the workload that probes and loads aim at, and its URL inside the mesh. */
  probeTarget: { workload: string; url: string } | null;
}

/** The first line that is read. */
export interface Posture {
  namespace: string;
  mode: EffectiveMode | null;
  lock: Lock;
  /** "83 % mutual TLS", "1 caller in plaintext", "4 plaintext calls refused": short facts in order of weight. */
  facts: string[];
  windowSeconds: number;
  /** Epoch ms of the data behind the share; null = none yet. */
  observedAt: number | null;
}

/** The switch and the four steps of its last change, each lit by its own source. */
export interface SwitchSection {
  namespace: string;
  /** null while the policies have not been read. */
  position: SwitchPosition | "DISABLE" | "UNSET" | null;
  /** The policy that decides for the namespace now (the oldest selector-less one), as precondition for the next press. */
  object: { name: string; uid: string; resourceVersion: string } | null;
  /** Who else keeps that policy and will likely put it back, in a sentence; null when nobody does. */
  keptBy: string | null;
  /** What would decide if the namespace inherited. */
  inherits: { mode: EffectiveMode; from: string } | null;
  change: SwitchChange | null;
}

export interface SwitchChange {
  /** What the namespace was to become, and who asked: this page's server or somebody else (seen by the watch). */
  mode: EffectiveMode;
  by: "padlock" | "elsewhere";
  requestedAt: number | null;
  storedAt: number | null;
  enforcing: { checkedWorkloads: number; totalWorkloads: number; checks: number } | null;
  /** Set when every meshed workload that could be checked met the new mode. */
  enforcedAt: number | null;
  enforced: { workload: string; at: number | null; says: string }[];
  /** "stored, not verified: no caller without sidecar" and the like. */
  unverified: string | null;
}

export interface CallsSection {
  /** Newest last, at most 60. */
  recent: Call[];
  /** Since the last reset or start. */
  totals: Record<Caller, { served: number; failed: number; refused: number; unreachable: number }>;
  /** The last single probe of each caller; null = none yet. */
  lastProbe: { "with-sidecar": Call | null; "without-sidecar": Call | null };
  since: number;
}

export interface RunSection {
  current: RunStatus | null;
  last: RunStatus | null;
}

export interface RunStatus {
  id: string;
  kind: "calls" | "keep-sending";
  startedAt: number;
  endedAt: number | null;
  /** null for keep-sending without a fixed number. */
  planned: number | null;
  rate: number;
  connection: "new" | "keep-alive";
  sent: number;
  byCaller: Partial<Record<Caller, { sent: number; served: number; failed: number; refused: number; unreachable: number }>>;
  /** Latency from the intended start, ms; null before the first answer. */
  latency: { p50: number; p95: number; p99: number; max: number } | null;
  /** Requests/s really reached. */
  achievedRate: number | null;
  end: "finished" | "cancelled" | "starter-gone" | "limit" | "failed" | null;
  /** How it ended, in words; for a running one what it does now. */
  says: string;
}

export interface ResetSection {
  running: { step: number; steps: number; says: string } | null;
  last: { at: number; ok: boolean; proofs: { says: string; ok: boolean; at: number }[] } | null;
}

export interface ResetPlan {
  digest: string;
  steps: ResetStep[];
}

export interface ResetStep {
  /** "delete", "apply" for objects; "stop", "clear" for Padlock's own; "prove" for the checks at the end. */
  verb: "delete" | "apply" | "stop" | "clear" | "prove";
  object: { kind: string; namespace: string; name: string } | null;
  /** Whose it is: the manager that last wrote it. */
  owner: string | null;
  /** Set when it is not Padlock's: the person has to name the owner before it is touched. */
  takeOver?: { owner: string; says: string };
  says: string;
  /** Nothing to do: already so. */
  already: boolean;
}

export interface JournalEntry {
  id: number;
  at: number;
  kind: "policy-stored" | "enforced" | "refused" | "called" | "run-started" | "run-ended" | "reset" | "source";
  /** One sentence, also the projector's caption. */
  says: string;
  namespace: string | null;
  mode?: EffectiveMode;
}

/** Whole commands: absolute paths, explicit --kubeconfig and --context; pasted into a fresh terminal they work. */
export interface Commands {
  /** How each kubectl command begins: with kubeconfig and context of the target. */
  kubectl: string;
  getPolicy: string;
  /** Per position of the switch. */
  switch: Record<SwitchPosition, string>;
  sendCalls: string;
  probe: { "with-sidecar": string | null; "without-sidecar": string | null };
  proxyLog: string | null;
  watchPolicies: string;
  reset: string;
}
