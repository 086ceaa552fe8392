import type { EffectivePolicy } from "./effective-policy";

/**
 * What a policy comes to for a workload in ambient mode. ztunnel always takes mutual TLS, so DISABLE is not supported there and means
 * PERMISSIVE (istio, architecture/ambient/peer-authentication.md); what the objects say stays in the steps.
 */
export function toAmbientPolicy(policy: EffectivePolicy): EffectivePolicy {
  const mode = policy.mode === "DISABLE" ? "PERMISSIVE" : policy.mode;
  const ports = policy.ports.map((port) => ({ ...port, mode: port.mode === "DISABLE" ? ("PERMISSIVE" as const) : port.mode }));
  return { ...policy, mode, ports: ports.filter((port) => port.mode !== mode) };
}
