import type { Call } from "@/lib/mesh/calls";
import type { ShownCertificate } from "@/lib/mesh/certificate";
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
const post = <T>(path: string, body: object) =>
  ask<T>(path, { method: "POST", headers: { "content-type": "application/json", "idempotency-key": createKey() }, body: JSON.stringify(body) });

/** `crypto.randomUUID` is missing where a page is neither https nor on this machine. */
function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const switchPolicy = (request: SwitchRequest) => post<SwitchAnswer>(ROUTES.switch, request);
export const startRun = (request: RunRequest) => post<RunAnswer>(ROUTES.runs, request);
export const cancelRun = (runId: string) => post<RunAnswer>(ROUTES.cancelRun, { runId });
export const sendProbe = (request: ProbeRequest) => post<Call>(ROUTES.probes, request);
export const chooseCaller = (request: CallerRequest) => post<void>(ROUTES.callers, request);
export const askProbePod = (request: ProbePodRequest) => post<void>(ROUTES.probePods, request);
export const enterGatewayAuthority = (request: GatewayAuthorityRequest) => post<void>(ROUTES.gatewayAuthority, request);
export const enterKialiToken = (request: KialiTokenRequest) => post<void>(ROUTES.kialiToken, request);
export const getResetPlan = (namespace: string) => ask<ResetPlan>(`${ROUTES.reset}?namespace=${encodeURIComponent(namespace)}`);
export const getCertificate = (namespace: string, workload: string) =>
  ask<ShownCertificate>(`${ROUTES.certificate}?${new URLSearchParams({ namespace, workload })}`);
export const endSession = (whose: "mine" | "others") => post<void>(ROUTES.endSession, { whose });
export const getInvite = () => ask<InviteAnswer>(ROUTES.invite);
export const makeInstructorLink = () => post<InstructorLinkAnswer>(ROUTES.invite, {});
export const resetLab = (request: ResetRequest) => post<ResetAnswer>(ROUTES.reset, request);
