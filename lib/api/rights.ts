/** What a control needs the cluster to allow; each is asked of the API server for the namespace that is looked at. */
export const ACTIONS = ["switch", "probe-with-sidecar", "probe-without-sidecar", "probe-pods", "read-logs", "reset", "read-secret"] as const;
export type Action = (typeof ACTIONS)[number];

/** What the API server says of one action (SelfSubjectAccessReview), for the user of the kubeconfig. */
export interface Right {
  /** null = not known yet; a control then stays usable, and the API server has the last word. */
  allowed: boolean | null;
  /** Which verb on what in which namespace is missing, and for whom: "rig-viewer may not patch peerauthentications.security.istio.io in istioinaction."; null unless it is missing. */
  says: string | null;
  /** Does the act itself; for somebody who has the right. null where Padlock knows no such command, or nothing is missing. */
  command: string | null;
  /** Gives this user what is missing; for somebody who may grant it. null when nothing is missing or the user's name is not known. */
  grant: string | null;
}

export type Rights = Record<Action, Right>;

/** A kind of object that cannot be read now, and what stays unknown because of it; an empty list is another thing and never stands here. */
export interface UnreadKind {
  kind: string;
  /** `forbidden`: this user may not list it; `absent`: the server does not have it; `down`, `stale`: it cannot be read now, what was read stays. */
  state: "forbidden" | "absent" | "down" | "stale";
  /** Why, as the API server says it. */
  reason: string;
  /** What the page therefore cannot tell. */
  hides: string;
}
