import type { EffectiveMode, Mode } from "./modes";
import type { ObjectRef } from "./objects";

export type PolicyScope = "mesh" | "namespace" | "workload" | "port";

/** One step of mesh → namespace → workload → port: what the step says and whether it is the one that decides. */
export interface PolicyStep {
  scope: PolicyScope;
  /** The object that speaks at this scope; null when there is none. */
  object: ObjectRef | null;
  /** null when there is no object or it says nothing. */
  mode: Mode | null;
  decides: boolean;
  /** Younger selector-less policies that Istio drops here ("oldest wins"). */
  ignored: ObjectRef[];
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
