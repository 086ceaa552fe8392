import type { Call } from "./calls";
import type { ClientTlsDecision } from "./client-tls";
import type { EffectivePolicy, PortDecision } from "./effective-policy";
import type { ObjectRef, SidecarState } from "./objects";
import type { ObservedEdge } from "./observed";

/** How Kiali is doing, as far as locks care; the page's source status has the same words. */
export interface ObserverStatus {
  state: "connecting" | "ok" | "stale" | "down" | "forbidden" | "absent";
  /** A sentence; null when ok. */
  reason: string | null;
  /** Who is the cause when it is not well; Kiali unless said otherwise. */
  culprit?: "kiali" | "prometheus" | null;
}

/** One end of a line. */
export interface EdgeEnd {
  kind: "workload" | "service" | "unidentified";
  namespace: string | null;
  name: string;
  sidecar: SidecarState;
  /** Deployment and the like, for commands; null when only Kiali knows it. */
  workload: { kind: string; namespace: string; name: string } | null;
  /** Its namespace asks for injection, so pods without sidecar are older than that. */
  injection: boolean;
}

/** Everything the lock of one line may rest on. */
export interface EdgeFacts {
  now: number;
  windowSeconds: number;
  caller: EdgeEnd;
  server: EdgeEnd;
  rootNamespace: string;
  observer: ObserverStatus;
  /** Epoch ms of the instant Kiali's last good answer speaks of; null when there was none. */
  dataAt: number | null;
  /** Kiali's figures for this line; null when it has none. */
  observed: ObservedEdge | null;
  /** Padlock's own calls from this caller to this server. */
  calls: readonly Call[];
  /** Own calls that passed here on their way, as the answers told (they prove the path, not its encryption). */
  passed: number;
  /** Last change of a policy or rule that decides for this line; null when none is known. */
  lastChangeAt: number | null;
  /** What the caller's side sends by the rules; null when it cannot be told. */
  client: ClientTlsDecision | null;
  /** What decides on the server's port; null when the policies could not be read or the port is not known. */
  port: (PortDecision & { number: number }) | null;
  /** The server's policy as a whole; null as above. */
  policy: EffectivePolicy | null;
  formatTime: (at: number) => string;
}

/** `namespace/name`, or the bare name of what has no namespace. */
export function toEndName({ namespace, name }: Pick<EdgeEnd, "namespace" | "name">): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

export function toObjectName(object: ObjectRef): string {
  return `${object.kind} ${object.namespace === undefined ? "" : `${object.namespace}/`}${object.name}`;
}
