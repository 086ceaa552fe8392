import type { EffectiveMode, Mode } from "./modes";
import type { ObjectRef } from "./objects";

export type PolicyScope = "mesh" | "namespace" | "workload" | "port";

/** A policy that is stored and has no part in the decision, with Istio's reason. */
export interface IgnoredPolicy extends ObjectRef {
  because: "younger" | "selector-in-root-namespace" | "other-revision";
}

/** One step of mesh → namespace → workload → port: what the step says and whether it is the one that decides. */
export interface PolicyStep {
  scope: PolicyScope;
  /** The object that speaks at this scope; null when there is none. */
  object: ObjectRef | null;
  /** null when there is no object or it says nothing. */
  mode: Mode | null;
  decides: boolean;
  /** Policies that Istio drops here: younger ones ("oldest wins"), selectors in the root namespace, other revisions. */
  ignored: IgnoredPolicy[];
  /** For scope `port`. */
  port?: number;
}

export interface EffectivePolicy {
  mode: EffectiveMode;
  /** The scope that decided; `default` when nobody said anything (PERMISSIVE). */
  from: PolicyScope | "default";
  object: ObjectRef | null;
  steps: PolicyStep[];
  /** Ports whose mode differs from `mode`; container ports. */
  ports: { port: number; mode: EffectiveMode; object: ObjectRef }[];
}

/** What one port does and who said so. */
export interface PortDecision {
  mode: EffectiveMode;
  from: PolicyScope | "default";
  object: ObjectRef | null;
}
