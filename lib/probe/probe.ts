import { type CallFacts, toCallEncryption } from "@/lib/mesh/call-encryption";
import type { Call } from "@/lib/mesh/calls";
import type { Workload } from "@/lib/mesh/objects";
import { parseUpstreamPath } from "@/lib/mesh/upstream-path";
import type { CurlRequest } from "./curl-in-pod";
import { type CallAnswer, makeCall } from "./make-call";
import { findLoggedCall, type LoggedCall } from "./server-log";

/** What others know that may speak for a call's encryption when the proxy's log does not. */
export type ProbeKnowledge = Partial<Pick<CallFacts, "plaintextRefusedAt" | "lastChangeAt" | "callerSends" | "observed">>;

export interface ProbeRequest extends Omit<CurlRequest, "timeoutMs"> {
  id: number;
  runId?: string | null;
  target: Workload;
  /** curl's limit, ms; 5 s unless told. */
  timeoutMs?: number;
  /** Epoch ms of the intended start; now unless told. */
  dueAt?: number;
  knowledge?: ProbeKnowledge;
  /** Whether to look for the call in the server proxy's log, which can take 2 s; yes unless told. */
  readLog?: boolean;
  /** The call as soon as curl has ended, before its evidence is looked for. */
  onAnswer?(call: Call): void;
}

const CURL_TIMEOUT_MS = 5000;

/**
 * Makes one call from the caller, on a new connection, and finds out what can be said of it.
 * A fired signal gives a call that was cancelled.
 * @throws the errors of execInPod when the call could not be made at all
 */
export async function probe(request: ProbeRequest): Promise<Call> {
  const { timeoutMs = CURL_TIMEOUT_MS, dueAt = Date.now(), signal } = request;
  let answer: CallAnswer;
  try {
    answer = await makeCall({ ...request, timeoutMs });
  } catch (error) {
    if (signal?.aborted) return toUnmeasured(request, dueAt, "cancelled", "cancelled before it was answered");
    throw error;
  }
  const call = toCall(request, dueAt, answer, null);
  request.onAnswer?.(call);
  if (request.readLog === false || call.outcome === "unreachable") return call;
  const searched = { ...answer, throughSidecar: request.caller.sidecar === "sidecar" };
  const logged = await findLoggedCall(request.connection, request.target, searched, signal).catch((error: unknown) => {
    // The answer stands; only the look into the log was given up.
    if (signal?.aborted) return null;
    throw error;
  });
  return logged === null ? call : toCall(request, dueAt, answer, logged);
}

function toCall(request: ProbeRequest, dueAt: number, answer: CallAnswer, logged: LoggedCall | null): Call {
  const { caller, target, url, knowledge } = request;
  const { outcome } = answer;
  const claim = toCallEncryption({
    caller: caller.kind,
    outcome,
    scheme: url.startsWith("https:") ? "https" : "http",
    startedAt: answer.startedAt,
    endedAt: answer.endedAt,
    callerPod: { sidecar: caller.sidecar, containers: caller.containers, readAt: answer.startedAt },
    log: logged && { line: logged.line, proxy: target.name, onlyFrom: logged.onlyFrom },
    plaintextRefusedAt: null,
    lastChangeAt: null,
    callerSends: null,
    observed: null,
    ...knowledge,
  });
  return {
    ...toUnmeasured(request, dueAt, outcome, answer.message),
    startedAt: dueAt,
    endedAt: answer.endedAt,
    // Waiting for its turn counts; what the exec itself takes does not.
    latencyMs: answer.startedAt - dueAt + (answer.totalMs ?? answer.endedAt - answer.startedAt),
    httpCode: answer.httpCode,
    curlExit: answer.curlExit,
    ...claim,
    path: outcome === "served" || outcome === "failed" ? parseUpstreamPath(answer.body) : [],
    logLine: logged?.text ?? null,
  };
}

function toUnmeasured({ id, runId = null, caller, target }: ProbeRequest, dueAt: number, outcome: Call["outcome"], message: string | null): Call {
  const endedAt = Date.now();
  return {
    id,
    runId,
    caller: caller.kind,
    callerName: caller.workload,
    target: `${target.namespace}/${target.name}`,
    startedAt: dueAt,
    endedAt,
    latencyMs: endedAt - dueAt,
    newConnection: true,
    outcome,
    httpCode: null,
    curlExit: null,
    message,
    encryption: "not-measured",
    evidence: [],
    path: [],
    logLine: null,
  };
}
