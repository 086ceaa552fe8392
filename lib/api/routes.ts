/** Where everything is. GET answers state; POST are commands, JSON only, same origin only. */
export const ROUTES = {
  /** Server-sent events: `state` (LiveState) on connect, `patch` (StatePatch) after, `bye` before the server ends. Query: namespaces, window, page. */
  stream: "/api/stream",
  /** LiveState once, for programs. Query: namespaces, window. */
  state: "/api/state",
  /** SwitchRequest → SwitchAnswer */
  switch: "/api/switch",
  /** RunRequest → RunAnswer; one at a time. */
  runs: "/api/runs",
  /** CancelRunRequest → RunAnswer */
  cancelRun: "/api/runs/cancel",
  /** ProbeRequest → Call */
  probes: "/api/probes",
  /** CallerRequest → 204 */
  callers: "/api/callers",
  /** ProbePodRequest → 204; the state tells how it goes on. */
  probePods: "/api/probe-pods",
  /** GatewayAuthorityRequest → 204 */
  gatewayAuthority: "/api/gateway/authority",
  /** KialiTokenRequest → 204 once Kiali has taken it; it is kept in memory only. */
  kialiToken: "/api/kiali-token",
  /** GET ?namespace → ResetPlan; POST ResetRequest → ResetAnswer */
  reset: "/api/reset",
  /** GET ?namespace&workload → ShownCertificate, from a handshake of our own with one of its pods. */
  certificate: "/api/certificate",
  /** SessionAnswer; 401 tells a page that it is signed out. */
  session: "/api/session",
  /** EndSessionRequest → 204 */
  endSession: "/api/session/end",
  /** GET → InviteAnswer; POST {} → InstructorLinkAnswer. For instructors. */
  invite: "/api/invite",
  /** PresenceRequest → 204 */
  presence: "/api/presence",
} as const;

export interface SwitchAnswer {
  changed: boolean;
  object: { name: string; uid: string; resourceVersion: string } | null;
}

export interface RunAnswer {
  runId: string;
}

export interface ResetAnswer {
  ok: boolean;
  proofs: { says: string; ok: boolean; at: number }[];
}
