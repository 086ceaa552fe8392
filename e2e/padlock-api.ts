import type { RunRequest } from "@/lib/api/requests";
import { type ResetAnswer, ROUTES } from "@/lib/api/routes";
import type { LiveState, ResetPlan } from "@/lib/api/state";
import { NAMESPACE } from "./kubernetes-api";

/** Padlock's own HTTP API, asked as a program would. */
export interface PadlockApi {
  readState(): Promise<LiveState>;
  post(route: string, body: object): Promise<{ status: number; body: unknown }>;
  /** @returns the run's id @throws when it is refused */
  startRun(request: RunRequest): Promise<string>;
  /** Back to the lab's start. @throws when the start is not proven */
  reset(): Promise<void>;
}

/** @param cookie of a session, where one is needed */
export function toPadlockApi(url: string, cookie = () => ""): PadlockApi {
  const get = async (target: string) => (await fetch(url + target, { headers: { cookie: cookie() } })).json();
  const post: PadlockApi["post"] = async (route, body) => {
    const response = await fetch(url + route, {
      method: "POST",
      headers: { "content-type": "application/json", cookie: cookie() },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: response.status === 204 ? null : await response.json() };
  };
  return {
    readState: () => get(`${ROUTES.state}?namespaces=${NAMESPACE}&window=60`),
    post,
    async startRun(request) {
      const { status, body } = await post(ROUTES.runs, request);
      if (status !== 200) throw new Error(`A run was refused with ${status}: ${JSON.stringify(body)}`);
      return (body as { runId: string }).runId;
    },
    async reset() {
      const plan: ResetPlan = await get(`${ROUTES.reset}?namespace=${NAMESPACE}`);
      const takeOver = [...new Set(plan.steps.flatMap((step) => step.takeOver?.owner ?? []))];
      const { status, body } = await post(ROUTES.reset, { namespace: NAMESPACE, plan: plan.digest, takeOver });
      if (status !== 200 || !(body as ResetAnswer).ok) throw new Error(`The lab is not back at its start (${status}): ${JSON.stringify(body)}`);
    },
  };
}
