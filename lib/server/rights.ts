import { ACTIONS, type Action, type Right, type Rights } from "@/lib/api/rights";
import type { Commands } from "@/lib/api/state";
import type { Gateway } from "@/lib/kubernetes/gateway-objects";
import { RESOURCES } from "@/lib/kubernetes/paths";
import type { AccessQuestion } from "@/lib/kubernetes/reviews";
import { isSubset } from "@/lib/mesh/labels";
import type { Workload } from "@/lib/mesh/objects";
import type { PodCaller } from "@/lib/probe/find-callers";
import type { AccessAnswers } from "./access-answers";
import { toGrantCommand, toMissingWords } from "./right-words";
import { quote } from "./shell-commands";

/** Where calls come from: this process calls by itself, in every other pod a command has to be run. */
export type CallPlace = Pick<PodCaller, "namespace" | "by">;

/** Where the acts of one namespace take place. */
export interface ActionPlaces {
  namespace: string;
  /** Where reset puts the mesh-wide policy back; null = that policy is left alone. */
  meshNamespace: string | null;
  /** The pods that call; null = none was found, and one would be of the looked-at namespace. */
  callers: { "with-sidecar": CallPlace | null; "without-sidecar": CallPlace | null };
  /** Where the log of the probed workload is. */
  target: string | null;
  /** The Secret with the gateway's certificate; null when none is known. */
  secret: { namespace: string; name: string } | null;
  /** `v1.35.4`; null while it is not known. */
  kubernetesVersion: string | null;
}

const group = RESOURCES.peerAuthentications.group;
const policies = (namespace: string, ...verbs: AccessQuestion["verb"][]): AccessQuestion[] =>
  verbs.map((verb) => ({ verb, group, resource: RESOURCES.peerAuthentications.plural, namespace }));

/** What each action asks of the API server. */
export function toQuestions(action: Action, places: ActionPlaces): AccessQuestion[] {
  const { namespace, meshNamespace, callers, target, secret } = places;
  switch (action) {
    case "switch":
      return policies(namespace, "create", "patch", "delete");
    case "probe-with-sidecar":
      return toCallQuestions(callers["with-sidecar"], places);
    case "probe-without-sidecar":
      return toCallQuestions(callers["without-sidecar"], places);
    case "probe-pods":
      return (["create", "delete"] as const).map((verb) => ({ verb, group: "", resource: "pods", namespace }));
    case "read-logs":
      return [{ verb: "get", group: "", resource: "pods", subresource: "log", namespace: target ?? namespace }];
    case "reset": {
      const { group: rules, plural } = RESOURCES.destinationRules;
      return [
        ...policies(namespace, "delete"),
        ...(meshNamespace === null ? [] : policies(meshNamespace, "create", "patch", "delete")),
        { verb: "delete", group: rules, resource: plural, namespace },
      ];
    }
    case "read-secret":
      return secret === null ? [] : [{ verb: "get", group: "", resource: "secrets", namespace: secret.namespace, name: secret.name }];
  }
}

function toCallQuestions(caller: CallPlace | null, { namespace, kubernetesVersion }: ActionPlaces): AccessQuestion[] {
  return caller?.by === "padlock" ? [] : exec(caller?.namespace ?? namespace, kubernetesVersion);
}

/** A command is run over a WebSocket, whose GET is a `get`; since 1.35 the API server wants `create` as well (AuthorizePodWebsocketUpgradeCreatePermission). */
function exec(namespace: string, version: string | null): AccessQuestion[] {
  const minor = Number(/^v1\.(\d+)/.exec(version ?? "")?.[1] ?? Number.NaN);
  const verbs: AccessQuestion["verb"][] = minor < 35 ? ["get"] : ["get", "create"];
  return verbs.map((verb) => ({ verb, group: "", resource: "pods", subresource: "exec", namespace }));
}

/** What this user may do here, as far as the API server has said. */
export function toRights(answers: AccessAnswers, places: ActionPlaces, commands: Commands): Rights {
  return Object.fromEntries(ACTIONS.map((action) => [action, toRight(action, answers, places, commands)])) as Rights;
}

function toRight(action: Action, answers: AccessAnswers, places: ActionPlaces, commands: Commands): Right {
  const questions = toQuestions(action, places);
  const said = questions.map((question) => answers.isAllowed(question));
  const missing = questions.filter((_, index) => said[index] === false);
  if (missing.length === 0) {
    // A Secret that nobody named is not allowed to be read either; an act that asks for nothing is.
    const known = said.every((allowed) => allowed === true) && !(action === "read-secret" && places.secret === null);
    return { allowed: known ? true : null, says: null, command: null, grant: null };
  }
  return {
    allowed: false,
    says: toMissingWords(missing, answers.user),
    command: toCommand(action, places, commands),
    grant: toGrantCommand(missing, answers.user, `padlock-${action}`),
  };
}

/** The act as somebody else would do it: without this user's kubeconfig and context. */
function toCommand(action: Action, { secret }: ActionPlaces, commands: Commands): string | null {
  const plain = (command: string | null) => command?.replace(commands.kubectl, "kubectl") ?? null;
  switch (action) {
    case "switch":
      return plain(commands.switch.STRICT);
    case "probe-with-sidecar":
      return plain(commands.probe["with-sidecar"]);
    case "probe-without-sidecar":
      return plain(commands.probe["without-sidecar"]);
    case "read-logs":
      return plain(commands.proxyLog);
    case "reset":
      return plain(commands.reset);
    case "read-secret":
      return secret === null ? null : `kubectl get secret ${quote(secret.name)} -n ${quote(secret.namespace)} -o yaml`;
    case "probe-pods":
      return null;
  }
}

/** The Secret that a Gateway's HTTPS server names: it lies beside the gateway's pods, whatever namespace the Gateway object is in. */
export function findGatewaySecret(gateways: readonly Gateway[], workload: Pick<Workload, "namespace" | "labels"> | null): ActionPlaces["secret"] {
  if (workload === null) return null;
  const servers = gateways.filter(({ selector }) => selector === null || isSubset(selector, workload.labels)).flatMap((gateway) => gateway.servers);
  const name = servers.find(({ tls }) => tls?.credentialName != null)?.tls?.credentialName;
  return name == null ? null : { namespace: workload.namespace, name };
}
