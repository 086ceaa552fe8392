import type { LiveState } from "@/lib/api/state";

/** The sentence that stands across the page says the whole reason; beside a control it is enough to name what it waits for. */
export interface Obstacle {
  /** null = the whole page says it. */
  says: string | null;
}

/** Why no policy can be changed now; null when one can. */
export function toPolicyObstacle(state: LiveState, lineDown: boolean): Obstacle | null {
  const { state: name } = state.sources.kubernetes;
  if (!lineDown && name === "forbidden") return { says: "The policies may not be read, so none is changed." };
  return toKubernetesObstacle(state, lineDown);
}

/** Why nothing can be asked of the Kubernetes API now; null when it can. Policies that may not be read are no obstacle to a call from a pod. */
export function toKubernetesObstacle(state: LiveState, lineDown: boolean): Obstacle | null {
  if (lineDown) return { says: null };
  const { state: name } = state.sources.kubernetes;
  if (name === "ok" || name === "forbidden") return null;
  if (name === "absent") return { says: "Istio is not installed here, so there are no policies to change." };
  return { says: name === "connecting" ? "The Kubernetes API has not answered yet." : `Waits for the Kubernetes API, which is ${name}.` };
}

/** Why nothing can be sent through the gateway now; null when it can. */
export function toGatewayObstacle(state: LiveState, lineDown: boolean): Obstacle | null {
  if (lineDown) return { says: null };
  const { state: name, reason } = state.sources.gateway;
  return name === "ok" ? null : { says: reason ?? "The gateway has not been found yet." };
}
