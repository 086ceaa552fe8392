import type { CallerRequest, GatewayAuthorityRequest, ProbePodRequest, ProbeRequest, ResetRequest, RunRequest, SwitchRequest, View } from "@/lib/api/requests";
import type { ResetAnswer, RunAnswer, SwitchAnswer } from "@/lib/api/routes";
import type { LiveState, ResetPlan, Target } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import type { ShownCertificate } from "@/lib/mesh/certificate";
import type { CommandLimit } from "./command-limit";
import type { Presence } from "./presence";
import type { Replays } from "./replays";
import type { Gate } from "./sign-in/gate";
import type { Session } from "./sign-in/sessions";

/** What handlers may do; `create-runtime.ts` puts it together. Commands throw ApiError. */
export interface Runtime {
  readonly allowedHosts: ReadonlySet<string>;
  /** What commands act on. */
  readonly target: Pick<Target, "kind" | "context" | "server" | "user">;
  readonly commandLimit: CommandLimit;
  readonly presence: Presence;
  readonly gate: Gate;
  readonly replays: Replays;
  /** Set once the process is ending: nothing new begins. */
  readonly closing: boolean;
  /** The stream ends with the request or the session, whichever goes first. */
  openStream(view: View, page: string, signal: AbortSignal, session: Session): Response;
  readState(view: View): LiveState;
  switchPolicy(request: SwitchRequest): Promise<SwitchAnswer>;
  startRun(request: RunRequest): RunAnswer;
  cancelRun(runId: string): Promise<RunAnswer>;
  probe(request: ProbeRequest, signal: AbortSignal): Promise<Call>;
  chooseCaller(request: CallerRequest): void;
  probePod(request: ProbePodRequest): Promise<void>;
  enterGatewayAuthority(request: GatewayAuthorityRequest): void;
  readCertificate(of: { namespace: string; workload: string }): Promise<ShownCertificate>;
  /** Throws ApiError when Kiali does not take it. */
  enterKialiToken(token: string): Promise<void>;
  planReset(namespace: string): Promise<ResetPlan>;
  reset(request: ResetRequest): Promise<ResetAnswer>;
  /** What Padlock counts of itself, in Prometheus' text format. */
  metrics(): string;
  close(): Promise<void>;
}

declare global {
  var padlockRuntime: Promise<Runtime> | undefined;
}

/** Next has a copy of every module for each bundle; what lives once lives on `globalThis`. */
export function getRuntime(): Promise<Runtime> {
  globalThis.padlockRuntime ??= import("./create-runtime").then(({ createRuntime }) => createRuntime());
  return globalThis.padlockRuntime;
}
