import type { Call } from "@/lib/mesh/calls";
import type { ShownCertificate } from "@/lib/mesh/certificate";
import { getConfirmer } from "./confirmation";
import type { ApiErrorBody } from "./errors";
import type {
  CallerRequest,
  GatewayAuthorityRequest,
  KialiTokenRequest,
  ProbePodRequest,
  ProbeRequest,
  ResetRequest,
  RunRequest,
  SwitchRequest,
} from "./requests";
import { type ResetAnswer, ROUTES, type RunAnswer, type SwitchAnswer } from "./routes";
import type { InstructorLinkAnswer, InviteAnswer } from "./session";
import type { ResetPlan } from "./state";
import { TARGET_HEADER } from "./target-key";

/** The browser's side of the commands. */

/** A command that was refused, in the server's words; `code` is `unreachable` when there was no answer at all. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  constructor(
    readonly code: ApiErrorBody["error"]["code"] | "unreachable",
    message: string,
    readonly facts: ApiErrorBody["error"] | null,
  ) {
    super(message);
  }
}

/** The server shows how to come in; what stood here is no longer for this browser. */
export function showSignIn(): void {
  location.reload();
}

/** Whether this browser's session has ended. A server that does not answer has not said so. */
export function isSignedOut(): Promise<boolean> {
  return fetch(ROUTES.session).then(
    ({ status }) => status === 401,
    () => false,
  );
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new CommandError("unreachable", "Padlock's server does not answer. Look at the terminal where it was started.", null);
  });
  if (response.status === 401) showSignIn();
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const facts = (body as ApiErrorBody | null)?.error ?? null;
  throw new CommandError(facts?.code ?? "internal", facts?.message ?? `Padlock answered ${response.status} without saying why.`, facts);
}

/** A browser that repeats a command behind our back, since its connection broke, has it done once. */
const post = <T>(path: string, body: object, headers: Record<string, string> = {}) =>
  ask<T>(path, { method: "POST", headers: { ...headers, "content-type": "application/json", "idempotency-key": createKey() }, body: JSON.stringify(body) });

/** A command that touches the cluster: the first one on a real cluster is asked about, and each says which cluster it is meant for. */
async function act<T>(says: string, path: string, body: object): Promise<T> {
  const confirmer = getConfirmer();
  if (confirmer === null) return post<T>(path, body);
  const key = await confirmer.ask(says);
  if (key === null) throw new CommandError("confirm-target", "Nothing was done, since it was not confirmed for this cluster.", null);
  try {
    return await post<T>(path, body, { [TARGET_HEADER]: key });
  } catch (error) {
    if (error instanceof CommandError && error.code === "confirm-target") confirmer.forget();
    throw error;
  }
}

/** `crypto.randomUUID` is missing where a page is neither https nor on this machine. */
function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const switchPolicy = (request: SwitchRequest) =>
  act<SwitchAnswer>(
    request.position === "inherit" ? `Delete the policy of ${request.namespace}` : `Set the policy of ${request.namespace} to ${request.position}`,
    ROUTES.switch,
    request,
  );
export const startRun = (request: RunRequest) =>
  act<RunAnswer>(
    request.kind === "calls" ? `Send ${request.count} calls through the ingress gateway` : `Keep sending calls from all callers to ${request.namespace}`,
    ROUTES.runs,
    request,
  );
export const cancelRun = (runId: string) => post<RunAnswer>(ROUTES.cancelRun, { runId });
export const sendProbe = (request: ProbeRequest) => act<Call>(`Make one call to ${request.namespace} from a pod`, ROUTES.probes, request);
export const chooseCaller = (request: CallerRequest) =>
  act<void>(`Call ${request.namespace} from ${request.workload ?? "whom Padlock finds"}`, ROUTES.callers, request);
export const askProbePod = (request: ProbePodRequest) =>
  act<void>(
    request.act === "create" ? `Create a pod for calls to ${request.namespace}` : `Remove pod ${request.namespace}/${request.name}`,
    ROUTES.probePods,
    request,
  );
export const enterGatewayAuthority = (request: GatewayAuthorityRequest) =>
  act<void>("Check the gateway's certificate with the one that was entered", ROUTES.gatewayAuthority, request);
export const enterKialiToken = (request: KialiTokenRequest) => act<void>("Sign in to this cluster's Kiali with the token", ROUTES.kialiToken, request);
export const getResetPlan = (namespace: string) => ask<ResetPlan>(`${ROUTES.reset}?namespace=${encodeURIComponent(namespace)}`);
export const getCertificate = (namespace: string, workload: string) =>
  ask<ShownCertificate>(`${ROUTES.certificate}?${new URLSearchParams({ namespace, workload })}`);
export const endSession = (whose: "mine" | "others") => post<void>(ROUTES.endSession, { whose });
export const getInvite = () => ask<InviteAnswer>(ROUTES.invite);
export const makeInstructorLink = () => post<InstructorLinkAnswer>(ROUTES.invite, {});
export const resetLab = (request: ResetRequest) => act<ResetAnswer>(`Reset ${request.namespace} to the start`, ROUTES.reset, request);
