import { expect, test } from "vitest";
import { DeadlineError } from "./deadline";
import { toTransportProblem } from "./transport-problem";

const failed = (code: string, message = "x") => Object.assign(new Error(message), { code });

test.each([
  [failed("ECONNREFUSED"), "connection refused"],
  [failed("ENOTFOUND"), "its name cannot be resolved"],
  [failed("SELF_SIGNED_CERT_IN_CHAIN"), "its certificate is not signed by the kubeconfig's CA"],
  [failed("ERR_TLS_CERT_ALTNAME_INVALID"), "its certificate is for another name"],
  [new AggregateError([failed("ECONNREFUSED"), failed("EHOSTUNREACH")]), "connection refused"],
  [new DeadlineError(10_000), "no answer within 10000 ms"],
  [failed("ESTRANGE", "something else"), "something else"],
  ["text", "text"],
])("%s: %s", (error, problem) => {
  expect(toTransportProblem(error)).toBe(problem);
});
