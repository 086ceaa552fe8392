import { DRAIN_MS } from "./call-encryption";
import { type EdgeFacts, type ObserverStatus, toEndName, toObjectName } from "./edge-facts";
import { formatCount } from "./figures";
import {
  getObjectCommand,
  injectSidecarCommand,
  listContainersCommand,
  listKialiPodsCommand,
  listPoliciesCommand,
  listPrometheusPodsCommand,
  patchPolicyModeCommand,
  patchPortModeCommand,
  patchRuleModeCommand,
  proxyLogCommand,
  restartCommand,
} from "./kubectl-command";
import type { Reason } from "./lock";
import type { ObjectRef } from "./objects";

/** Why traffic on a line is (in part) plaintext: the first rule that explains it, nearest to the caller first. */
export function toPlaintextReason(facts: EdgeFacts): Reason {
  const { caller, server, client, port, policy } = facts;
  if (caller.kind === "unidentified") {
    return {
      code: "outside-the-mesh",
      text: `The caller showed no identity, so ${server.name}'s proxy cannot say who it is: it has no sidecar or stands outside the mesh.`,
      fix: `Find it by its address in ${server.name}'s proxy log, then give it a sidecar.`,
      command: server.workload === null ? undefined : proxyLogCommand(server.workload),
    };
  }
  // Where STRICT holds for the rest of the workload, the hole is the exception and not the caller.
  if (port !== null && port.from === "port" && port.mode !== "STRICT" && policy?.mode === "STRICT" && port.object !== null)
    return toPortReason(port.object, port.number, port.mode);
  if (caller.sidecar === "none") return toBareCallerReason(facts);
  if (server.sidecar === "none") return toBareServerReason(facts);
  const because = client?.because;
  if (client?.sends === "plaintext" && because?.kind === "destination-rule") {
    return {
      code: "destination-rule",
      text: `${toObjectName(because.object)} tells ${toEndName(caller)}'s sidecar not to encrypt (${because.mode}).`,
      object: because.object,
      fix: "Remove its tls setting, or set it to ISTIO_MUTUAL.",
      command: because.at === "traffic-policy" ? patchRuleModeCommand(because.object) : getObjectCommand("destinationrule", because.object),
    };
  }
  if (because?.kind === "auto-mtls-off") {
    return {
      code: "auto-mtls-off",
      text: "Auto mutual TLS is switched off in this mesh (enableAutoMtls: false), so sidecars send plaintext unless a DestinationRule says otherwise.",
      fix: "Switch it on, or add a DestinationRule with ISTIO_MUTUAL for this host.",
    };
  }
  if (port !== null && port.mode === "DISABLE" && port.object !== null) {
    return port.from === "port" ? toPortReason(port.object, port.number, "DISABLE") : toDisableReason(facts, port.object);
  }
  if (because?.kind === "server-policy" && because.object !== null) return toDisableReason(facts, because.object);
  const ambient = [caller, server].find(({ sidecar }) => sidecar === "ambient");
  if (ambient !== undefined) {
    return {
      code: "unexplained",
      text: `Plaintext was measured. ${toEndName(ambient)} is in ambient mode, where the node's ztunnel encrypts, so no rule for sidecars explains it.`,
      fix: "See whether ztunnel runs on the nodes of both sides.",
      command: "kubectl get pods -A -l app=ztunnel -o wide",
    };
  }
  if (caller.sidecar !== "sidecar" || server.sidecar !== "sidecar") {
    return {
      code: "unexplained",
      text: `Plaintext was measured, and whether ${toEndName(caller.sidecar === "sidecar" ? server : caller)} has a sidecar could not be read.`,
      fix: "Give Padlock the right to read its pods and namespace.",
    };
  }
  return {
    code: "unexplained",
    text: `Plaintext was measured although both sides have a sidecar and no rule says so. A call to a pod's address instead of the service's name is sent as it is.`,
    fix: "Call the service by its name.",
    command: server.workload === null ? undefined : proxyLogCommand(server.workload),
  };
}

function toBareCallerReason({ caller }: EdgeFacts): Reason {
  return {
    code: "caller-without-sidecar",
    text: `${toEndName(caller)} has no sidecar, so nobody encrypts for it.`,
    object: caller.workload ?? undefined,
    fix: caller.injection
      ? "Its namespace asks for sidecars, but its pods are older than that: restart them."
      : "Give it a sidecar: its pods restart with one.",
    command: caller.workload === null ? undefined : caller.injection ? restartCommand(caller.workload) : injectSidecarCommand(caller.workload),
  };
}

function toBareServerReason({ server }: EdgeFacts): Reason {
  return {
    code: "server-without-sidecar",
    text: `${toEndName(server)} has no sidecar: nobody there can take mutual TLS, and no policy has an effect on it.`,
    object: server.workload ?? undefined,
    fix: server.injection
      ? "Its namespace asks for sidecars, but its pods are older than that: restart them."
      : "Give it a sidecar: its pods restart with one.",
    command: server.workload === null ? undefined : server.injection ? restartCommand(server.workload) : injectSidecarCommand(server.workload),
  };
}

function toPortReason(object: ObjectRef, port: number, mode: string): Reason {
  return {
    code: "port-exception",
    text: `Port ${port} has a mode of its own: ${toObjectName(object)} makes it ${mode}.`,
    object,
    fix: "Let the port follow its workload (UNSET).",
    command: patchPortModeCommand(object, port),
  };
}

function toDisableReason({ server }: EdgeFacts, object: ObjectRef): Reason {
  return {
    code: "policy-disable",
    text: `${toObjectName(object)} switches mutual TLS off for ${toEndName(server)} (DISABLE), and sidecars follow it.`,
    object,
    fix: "Set it to PERMISSIVE: sidecars use mutual TLS again and nobody is refused.",
    command: patchPolicyModeCommand(object, "PERMISSIVE"),
  };
}

/** Why callers are turned away. @param before words for what the window still holds, or null */
export function toRefusedReason(facts: EdgeFacts, before: string | null): Reason {
  const { caller, server, port } = facts;
  const tail = before === null ? "" : ` ${before}`;
  if (port === null || port.mode !== "STRICT") {
    return {
      code: "unexplained",
      text: `${toEndName(server)} broke the connection off, and the policies Padlock knows do not say why.${tail}`,
      fix: "Look at the policies and at the server's proxy log.",
      command: (server.workload === null ? undefined : proxyLogCommand(server.workload)) ?? listPoliciesCommand(),
    };
  }
  const decides = port.object === null ? "" : ` by ${toObjectName(port.object)}`;
  const why = caller.sidecar === "none" ? `${toEndName(caller)} has no sidecar and cannot show an identity` : `${toEndName(caller)} did not use mutual TLS`;
  return {
    code: "strict-refused-plaintext",
    text: `${toEndName(server)} accepts mutual TLS only (STRICT${decides}), and ${why}.${tail}`,
    object: port.object ?? undefined,
    fix:
      caller.sidecar === "none"
        ? "Give the caller a sidecar; PERMISSIVE would let plaintext in again."
        : caller.sidecar === "ambient"
          ? "See whether ztunnel runs on the caller's node: it encrypts for pods in ambient mode."
          : "Call the service by its name, and look for a DestinationRule on the caller's side.",
    command:
      caller.sidecar === "none" && caller.workload !== null
        ? caller.injection
          ? restartCommand(caller.workload)
          : injectSidecarCommand(caller.workload)
        : listPoliciesCommand(),
  };
}

/** The window reaches back behind the last change, so its figures are of two times. */
export function toOldWindowReason({ lastChangeAt, windowSeconds, dataAt, now, formatTime }: EdgeFacts): Reason {
  const changed = lastChangeAt ?? now;
  const left = Math.max(1, Math.ceil((changed + windowSeconds * 1_000 - (dataAt ?? now)) / 1_000));
  return {
    code: "window-older-than-change",
    text: `The figures still hold traffic from before the change at ${formatTime(changed)}. Connections from before it may live on for ${DRAIN_MS / 1_000} s.`,
    fix: `Wait ${left} s, or make a call now: a call on a new connection shows what holds.`,
    command: listPoliciesCommand(),
  };
}

/** Kiali, or the Prometheus behind it, tells nothing now: what goes on is not known, which is not the same as nothing. */
export function toUnobservedReason({ state, reason, culprit }: ObserverStatus, rootNamespace: string): Reason {
  const said = reason ?? (state === "connecting" ? "Kiali has not answered yet" : "Kiali does not answer");
  const text = `Nobody measures the encryption now: ${said}`;
  if (culprit === "prometheus") {
    const command = listPrometheusPodsCommand(rootNamespace);
    return { code: "source-down", text, fix: "Bring Prometheus back, or make a call whose result shows it.", command };
  }
  const fix =
    state === "absent" ? "Install Kiali or say where it is, or make a call whose result shows it." : "Bring Kiali back, or make a call whose result shows it.";
  return { code: "source-down", text, fix, command: listKialiPodsCommand(rootNamespace) };
}

/** Why nobody can tell. */
export function toNotMeasuredReason(facts: EdgeFacts, because: "idle" | "no-destination-report"): Reason {
  const { observer, server, calls, passed } = facts;
  if (observer.state !== "ok") return toUnobservedReason(observer, facts.rootNamespace);
  if (because === "no-destination-report") {
    if (server.sidecar === "none") return toBareServerReason(facts);
    if (server.sidecar === "ambient") {
      return {
        code: "no-destination-report",
        text: `Only the caller's side reported this traffic; encryption is measured by ztunnel on the node of ${toEndName(server)}.`,
        fix: "See whether ztunnel runs there and Prometheus asks it for its figures.",
        command: "kubectl get pods -A -l app=ztunnel -o wide",
      };
    }
    return {
      code: "no-destination-report",
      text: `Only the caller's side reported this traffic; encryption is measured by ${toEndName(server)}'s proxy.`,
      fix: "See whether the server's pods have a sidecar that reports.",
      command: server.namespace === null ? undefined : listContainersCommand(server.namespace),
    };
  }
  const own = calls.filter(({ outcome }) => outcome === "served" || outcome === "failed").length + passed;
  if (own > 0) {
    const failed = toFailedReason(facts);
    if (failed !== null) return failed;
    return {
      code: "too-few-samples",
      text: `${formatCount(own, "call")} of ours went here, but an answer says nothing about encryption, and the proxies' figures are not in yet.`,
      fix: "Wait for the next figures (up to 75 s on a real mesh), or send more calls.",
      command: server.workload === null ? undefined : proxyLogCommand(server.workload),
    };
  }
  return {
    code: "idle",
    text: `No traffic in the last ${facts.windowSeconds} s.`,
    fix: "Send some calls.",
    command: server.namespace === null ? undefined : listContainersCommand(server.namespace),
  };
}

/** Every answer was an error of the caller's own proxy: the two sides do not agree on TLS. */
function toFailedReason({ calls, client, port, server }: EdgeFacts): Reason | null {
  const because = client?.because;
  if (calls.length === 0 || calls.some(({ outcome }) => outcome !== "failed") || because?.kind !== "destination-rule") return null;
  return {
    code: "destination-rule",
    text: `Nothing was served: ${toObjectName(because.object)} makes the caller's sidecar use ${because.mode}, and ${toEndName(server)} ${port === null ? "does not take that" : `is ${port.mode}`}.`,
    object: because.object,
    fix: "Remove its tls setting: auto mutual TLS then agrees with the server.",
    command: getObjectCommand("destinationrule", because.object),
  };
}
