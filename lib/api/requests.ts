import * as z from "zod/mini";
import { SWITCH_POSITIONS } from "@/lib/mesh/modes";
import { RUN_LIMITS, WINDOWS } from "./limits";

/** Bodies of every command. Unknown keys are refused everywhere, so that a typo or a smuggled field is never silently ignored. */

/** RFC 1123 label, as Kubernetes wants a namespace's name. */
export const namespaceName = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/));
/** RFC 1123 subdomain: workload and object names. */
export const objectName = z.string().check(z.regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/));
/** A page makes its id once and keeps it for its life. */
export const pageIdQuery = z.string().check(z.regex(/^[A-Za-z0-9-]{8,64}$/));

/** The version of the deciding object that the person saw; null = they saw none. */
export const expectedPolicy = z.nullable(
  z.strictObject({
    name: objectName,
    uid: z.string().check(z.minLength(1), z.maxLength(64)),
    resourceVersion: z.string().check(z.regex(/^[1-9][0-9]{0,30}$/)),
  }),
);

/** "Argo CD application web", or a manager's name in managedFields (at most 128 characters). */
const ownerName = z.string().check(z.minLength(1), z.maxLength(600));

export const switchRequest = z.strictObject({
  namespace: namespaceName,
  position: z.enum(SWITCH_POSITIONS),
  expected: expectedPolicy,
  /** The second act for what is not Padlock's: the owner's name, as the 409 told it. */
  takeOverFrom: z.optional(ownerName),
});
export type SwitchRequest = z.infer<typeof switchRequest>;

export const runRequest = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("calls"),
    page: pageIdQuery,
    /** How many calls through the gateway. */
    count: z.int().check(z.minimum(1), z.maximum(RUN_LIMITS.requests)),
    /** Requests/s. */
    rate: z.number().check(z.gt(0), z.maximum(RUN_LIMITS.ratePerSecond)),
    connection: z.enum(["new", "keep-alive"]),
    connections: z.optional(z.int().check(z.minimum(1), z.maximum(RUN_LIMITS.connections))),
  }),
  z.strictObject({
    kind: z.literal("keep-sending"),
    page: pageIdQuery,
    namespace: namespaceName,
    /** Requests/s of each of the three callers. */
    rate: z.number().check(z.gt(0), z.maximum(20)),
    seconds: z.int().check(z.minimum(1), z.maximum(RUN_LIMITS.seconds)),
  }),
]);
export type RunRequest = z.infer<typeof runRequest>;

export const cancelRunRequest = z.strictObject({ runId: z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}$/)) });
export type CancelRunRequest = z.infer<typeof cancelRunRequest>;

export const probeRequest = z.strictObject({ namespace: namespaceName, caller: z.enum(["with-sidecar", "without-sidecar"]) });
export type ProbeRequest = z.infer<typeof probeRequest>;

/** Which workload calls of a kind come from, `namespace/name`; null = Padlock's own choice. */
export const callerRequest = z.strictObject({
  namespace: namespaceName,
  caller: z.enum(["with-sidecar", "without-sidecar"]),
  workload: z.nullable(z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/))),
});
export type CallerRequest = z.infer<typeof callerRequest>;

/** A pod of Padlock's own to call from; `uid` is that of the pod the person saw, and only that one is removed. */
export const probePodRequest = z.discriminatedUnion("act", [
  z.strictObject({ act: z.literal("create"), namespace: namespaceName, caller: z.enum(["with-sidecar", "without-sidecar"]) }),
  z.strictObject({ act: z.literal("remove"), namespace: namespaceName, name: objectName, uid: z.string().check(z.minLength(1), z.maxLength(64)) }),
]);
export type ProbePodRequest = z.infer<typeof probePodRequest>;

/** The certificate (PEM) of who signed the gateway's; null = forget it. */
export const gatewayAuthorityRequest = z.strictObject({ pem: z.nullable(z.string().check(z.minLength(1), z.maxLength(15_000))) });
export type GatewayAuthorityRequest = z.infer<typeof gatewayAuthorityRequest>;

/** A bearer token for Kiali, as it stands in the header of HTTP (RFC 6750, b64token). */
export const kialiTokenRequest = z.strictObject({ token: z.string().check(z.regex(/^[A-Za-z0-9._~+/-]{8,8192}=*$/)) });
export type KialiTokenRequest = z.infer<typeof kialiTokenRequest>;

/** `plan` is the digest of the plan the person confirmed; a plan that has changed since is a 409. */
export const resetRequest = z.strictObject({
  namespace: namespaceName,
  plan: z.string().check(z.regex(/^[0-9a-f]{16,64}$/)),
  /** The second act: every owner that the plan's steps name. */
  takeOver: z.optional(z.array(ownerName).check(z.maxLength(100))),
});
export type ResetRequest = z.infer<typeof resetRequest>;

/** `hidden` pages close their stream and keep their run; `closed` ones let it end 15 s later. */
export const presenceRequest = z.strictObject({ page: pageIdQuery, state: z.enum(["visible", "hidden", "closed"]) });
export type PresenceRequest = z.infer<typeof presenceRequest>;

/** Ends the own session, or everybody else's and the links with which they were made. */
export const endSessionRequest = z.strictObject({ whose: z.enum(["mine", "others"]) });
export type EndSessionRequest = z.infer<typeof endSessionRequest>;

/** A new link for one more instructor: nothing to choose. */
export const instructorLinkRequest = z.strictObject({});

/** Query of the stream and of the state: which namespaces, over which window. */
export const viewQuery = z.strictObject({
  namespaces: z.array(namespaceName).check(z.minLength(1), z.maxLength(20)),
  window: z.int().check(z.refine((value) => (WINDOWS as readonly number[]).includes(value))),
});
export type View = z.infer<typeof viewQuery>;
