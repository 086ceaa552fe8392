import { classifyCurl } from "@/lib/mesh/call-outcome";
import type { CallOutcome } from "@/lib/mesh/calls";
import { type CurlAnswer, type CurlRequest, runCurl } from "./curl-in-pod";
import { callDirectly } from "./direct-call";

/** What one call on one new connection met, whoever made it. */
export interface CallAnswer extends Omit<CurlAnswer, "exit"> {
  outcome: CallOutcome;
  /** null when it was no curl that called. */
  curlExit: number | null;
}

/** Makes one call by the caller's own means. @throws what runCurl throws; a fired signal rejects with its reason */
export async function makeCall(request: CurlRequest): Promise<CallAnswer> {
  if (request.caller.by === "padlock") return callDirectly(request);
  const { exit, ...answer } = await runCurl(request);
  return { ...answer, outcome: classifyCurl({ ...answer, exit }), curlExit: exit };
}
