/** Names as Kubernetes allows them; anything else (Kiali hands names through) must not get near a shell. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Commands that Padlock puts beside a reason, without kubectl's target flags. Each is undefined when a name in it could be read by a shell as
 * anything but a name.
 */

/** Injects the sidecar into one workload and rolls its pods, whatever its namespace's label says. */
export function injectSidecarCommand(workload: { kind: string; namespace: string; name: string }): string | undefined {
  const kind = workload.kind.toLowerCase();
  if (!["deployment", "statefulset", "daemonset"].includes(kind) || !areNames(workload.namespace, workload.name)) return undefined;
  return `kubectl patch ${kind} ${workload.name} -n ${workload.namespace} --type merge -p '{"spec":{"template":{"metadata":{"labels":{"sidecar.istio.io/inject":"true"}}}}}'`;
}

/** For pods that are older than the label of their namespace. */
export function restartCommand(workload: { kind: string; namespace: string; name: string }): string | undefined {
  const kind = workload.kind.toLowerCase();
  if (!["deployment", "statefulset", "daemonset"].includes(kind) || !areNames(workload.namespace, workload.name)) return undefined;
  return `kubectl rollout restart ${kind}/${workload.name} -n ${workload.namespace}`;
}

export function patchRuleModeCommand(rule: { namespace?: string; name: string }): string | undefined {
  if (rule.namespace === undefined || !areNames(rule.namespace, rule.name)) return undefined;
  return `kubectl patch destinationrule ${rule.name} -n ${rule.namespace} --type merge -p '{"spec":{"trafficPolicy":{"tls":{"mode":"ISTIO_MUTUAL"}}}}'`;
}

export function patchPolicyModeCommand(policy: { namespace?: string; name: string }, mode: "PERMISSIVE" | "STRICT"): string | undefined {
  if (policy.namespace === undefined || !areNames(policy.namespace, policy.name)) return undefined;
  return `kubectl patch peerauthentication ${policy.name} -n ${policy.namespace} --type merge -p '{"spec":{"mtls":{"mode":"${mode}"}}}'`;
}

/** UNSET lets the port follow its workload; removing the last port would be refused by the CRD (minProperties). */
export function patchPortModeCommand(policy: { namespace?: string; name: string }, port: number): string | undefined {
  if (policy.namespace === undefined || !areNames(policy.namespace, policy.name) || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return `kubectl patch peerauthentication ${policy.name} -n ${policy.namespace} --type merge -p '{"spec":{"portLevelMtls":{"${port}":{"mode":"UNSET"}}}}'`;
}

export function getObjectCommand(kind: string, object: { namespace?: string; name: string }): string | undefined {
  if (object.namespace === undefined || !areNames(object.namespace, object.name) || !/^[A-Za-z]{1,40}$/.test(kind)) return undefined;
  return `kubectl get ${kind.toLowerCase()} ${object.name} -n ${object.namespace} -o yaml`;
}

export function proxyLogCommand(workload: { kind: string; namespace: string; name: string }): string | undefined {
  const kind = workload.kind.toLowerCase();
  if (!/^[a-z]{1,40}$/.test(kind) || !areNames(workload.namespace, workload.name)) return undefined;
  return `kubectl logs -n ${workload.namespace} ${kind}/${workload.name} -c istio-proxy --tail=20`;
}

export function listContainersCommand(namespace: string): string | undefined {
  if (!areNames(namespace)) return undefined;
  return `kubectl get pods -n ${namespace} -o custom-columns='POD:.metadata.name,CONTAINERS:.spec.containers[*].name,INIT:.spec.initContainers[*].name'`;
}

export function listPoliciesCommand(): string {
  return "kubectl get peerauthentication -A";
}

export function listKialiPodsCommand(rootNamespace: string): string | undefined {
  return areNames(rootNamespace) ? `kubectl get pods -n ${rootNamespace} -l app.kubernetes.io/name=kiali` : undefined;
}

export function listPrometheusPodsCommand(rootNamespace: string): string | undefined {
  return areNames(rootNamespace) ? `kubectl get pods -n ${rootNamespace} -l app.kubernetes.io/name=prometheus` : undefined;
}

function areNames(...names: string[]): boolean {
  return names.every((name) => NAME.test(name));
}
