import type { Call } from "@/lib/mesh/calls";
import type { ShownCertificate } from "@/lib/mesh/certificate";
import type { ApiErrorBody } from "./errors";
import type { KialiTokenRequest, ProbeRequest, ResetRequest, RunRequest, SwitchRequest } from "./requests";
import { type ResetAnswer, ROUTES, type RunAnswer, type SwitchAnswer } from "./routes";
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

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init).catch(() => {
    throw new CommandError("unreachable", "Padlock's server does not answer. Look at the terminal where it was started.", null);
  });
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const facts = (body as ApiErrorBody | null)?.error ?? null;
  throw new CommandError(facts?.code ?? "internal", facts?.message ?? `Padlock answered ${response.status} without saying why.`, facts);
}

const post = <T>(path: string, body: object) => ask<T>(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const switchPolicy = (request: SwitchRequest) => post<SwitchAnswer>(ROUTES.switch, request);
export const startRun = (request: RunRequest) => post<RunAnswer>(ROUTES.runs, request);
export const cancelRun = (runId: string) => post<RunAnswer>(ROUTES.cancelRun, { runId });
export const sendProbe = (request: ProbeRequest) => post<Call>(ROUTES.probes, request);
export const enterKialiToken = (request: KialiTokenRequest) => post<void>(ROUTES.kialiToken, request);
export const getResetPlan = (namespace: string) => ask<ResetPlan>(`${ROUTES.reset}?namespace=${encodeURIComponent(namespace)}`);
export const getCertificate = (namespace: string, workload: string) =>
  ask<ShownCertificate>(`${ROUTES.certificate}?${new URLSearchParams({ namespace, workload })}`);
export const resetLab = (request: ResetRequest) => post<ResetAnswer>(ROUTES.reset, request);
