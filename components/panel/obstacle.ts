import type { LiveState } from "@/lib/api/state";

const SERVER_GONE = "Padlock's own server does not answer.";

/** Why nothing can be asked of the Kubernetes API now; null when it can. */
export function toKubernetesObstacle(state: LiveState, lineDown: boolean): string | null {
  if (lineDown) return SERVER_GONE;
  const { state: name, reason } = state.sources.kubernetes;
  return name === "ok" ? null : (reason ?? "The Kubernetes API has not answered yet.");
}

/** Why nothing can be sent through the gateway now; null when it can. */
export function toGatewayObstacle(state: LiveState, lineDown: boolean): string | null {
  if (lineDown) return SERVER_GONE;
  const { state: name, reason } = state.sources.gateway;
  return name === "ok" ? null : (reason ?? "The gateway has not been found yet.");
}
