import type { ProbeRequest } from "./requests";

export type PodCallerKind = ProbeRequest["caller"];

/** Where Padlock's calls from inside the cluster come from, and from where they could. */
export interface CallersSection {
  /** Those that are taken by themselves come first. */
  candidates: Record<PodCallerKind, CallerCandidate[]>;
  /** `namespace/name` of the workload a person chose; null = Padlock takes the first. */
  chosen: Record<PodCallerKind, string | null>;
  /** What a probe pod of each kind would be. */
  offers: Record<PodCallerKind, ProbePodOffer>;
  /** Pods that Padlock made, of this run and of those before. */
  probePods: ProbePod[];
}

export interface CallerCandidate {
  /** `namespace/name`. */
  workload: string;
  /** `padlock`: this very process, which runs in the cluster without a sidecar. */
  by: "exec" | "padlock";
}

export interface ProbePodOffer {
  namespace: string;
  name: string;
  image: string;
  /** Makes and takes away the same pod. */
  create: string;
  remove: string;
}

export interface ProbePod {
  caller: PodCallerKind;
  namespace: string;
  name: string;
  /** null until the API server has stored it. */
  uid: string | null;
  state: "creating" | "waiting" | "ready" | "failed" | "removing";
  /** What it waits for or why it does not run, in one sentence. */
  says: string;
  /** It was there when Padlock started. */
  isFromBefore: boolean;
}
