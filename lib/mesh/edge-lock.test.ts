import { expect, test } from "vitest";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EdgeFacts } from "./edge-facts";
import { decideEdgeLock } from "./edge-lock";
import type { LockState, ReasonCode } from "./lock";
import type { PeerAuthentication } from "./objects";
import { BARE, call, end, facts, mutualCall, NOW, observed, PLAINTEXT, plaintextCall, refusedCall, UNREPORTED } from "./testdata/edge";
import { CONFIG, LEGACY, policy, WEB_API } from "./testdata/objects";

const ago = (seconds: number) => NOW - seconds * 1_000;

function under(...policies: PeerAuthentication[]): Pick<EdgeFacts, "policy" | "port"> {
  const decided = decideWorkloadPolicy(policies, CONFIG, WEB_API);
  return { policy: decided, port: { ...decidePortMode(decided, 8081), number: 8081 } };
}
const STRICT = under(policy({ namespace: "istioinaction", name: "default", mode: "STRICT" }));
const PERMISSIVE = under(policy({ namespace: "istio-system", name: "default", mode: "PERMISSIVE" }));
const bare: Partial<EdgeFacts> = { caller: BARE, client: { sends: "plaintext", because: { kind: "caller-without-sidecar" }, rule: null } };
const rule = { kind: "DestinationRule", namespace: "istioinaction", name: "d" };
const disabledByRule: Partial<EdgeFacts> = {
  client: { sends: "plaintext", because: { kind: "destination-rule", object: rule, mode: "DISABLE", at: "traffic-policy" }, rule },
};
const down = { observer: { state: "down", reason: "Kiali answers 503." } } as const;

test.each<{ what: string; given: Partial<EdgeFacts>; state: LockState; percent?: number | null; refused?: number; reason: ReasonCode | null }>([
  { what: "nothing at all", given: {}, state: "not-measured", reason: "idle" },
  { what: "100 %", given: { observed: observed() }, state: "mutual-tls", percent: 100, reason: null },
  {
    what: "100 % with both principals unknown (merged edge)",
    given: { observed: observed({ sourcePrincipal: "unknown", destinationPrincipal: "unknown" }) },
    state: "mutual-tls",
    percent: 100,
    reason: null,
  },
  { what: "99 % is not all", given: { observed: observed({ mtlsPercent: 99 }) }, state: "mixed", percent: 99, reason: "unexplained" },
  { what: "0 means some, less than half a percent", given: { observed: observed({ mtlsPercent: 0 }) }, state: "mixed", percent: 0, reason: "unexplained" },
  { what: "isMTLS absent, principals unknown", given: { observed: observed(PLAINTEXT), ...bare }, state: "plaintext", reason: "caller-without-sidecar" },
  { what: "isMTLS and principals absent", given: { observed: observed(UNREPORTED) }, state: "not-measured", reason: "no-destination-report" },
  {
    what: "isMTLS absent beside the server's principal alone",
    given: { observed: observed({ ...UNREPORTED, destinationPrincipal: "unknown" }) },
    state: "not-measured",
    reason: "no-destination-report",
  },
  {
    what: "isMTLS absent beside one principal",
    given: { observed: observed({ ...UNREPORTED, sourcePrincipal: "unknown" }) },
    state: "not-measured",
    reason: "no-destination-report",
  },
  {
    what: "isMTLS absent beside real identities contradicts itself",
    given: { observed: observed({ mtlsPercent: null }) },
    state: "not-measured",
    reason: "no-destination-report",
  },
  {
    what: "nobody reports because the server has no sidecar",
    given: { observed: observed(UNREPORTED), server: end(LEGACY) },
    state: "not-measured",
    reason: "server-without-sidecar",
  },
  { what: "150 % is nonsense", given: { observed: observed({ mtlsPercent: 150 }) }, state: "not-measured", reason: "no-destination-report" },
  { what: "NaN is nonsense", given: { observed: observed({ mtlsPercent: Number.NaN }) }, state: "not-measured", reason: "no-destination-report" },
  { what: "-1 is nonsense", given: { observed: observed({ mtlsPercent: -1 }) }, state: "not-measured", reason: "no-destination-report" },
  {
    what: "'yes' is nonsense",
    given: { observed: { ...observed(), mtlsPercent: "yes" as unknown as number } },
    state: "not-measured",
    reason: "no-destination-report",
  },
  { what: "no traffic over the window", given: { observed: observed({ rate: 0 }) }, state: "not-measured", reason: "idle" },
  { what: "Kiali down, its last word 100 %", given: { observed: observed(), ...down }, state: "not-measured", reason: "source-down" },
  {
    what: "Kiali stale",
    given: { observed: observed(), observer: { state: "stale", reason: "Kiali's figures are 40 s old." } },
    state: "not-measured",
    reason: "source-down",
  },
  { what: "Kiali down, a newer own call", given: { ...down, ...bare, calls: [plaintextCall(1)] }, state: "plaintext", reason: "caller-without-sidecar" },
  {
    what: "Kiali down, the own call is older than its last word",
    given: { ...down, ...bare, calls: [plaintextCall(10)] },
    state: "not-measured",
    reason: "source-down",
  },
  {
    what: "Kiali never answered, an own call",
    given: { ...down, ...bare, dataAt: null, calls: [plaintextCall(10)] },
    state: "plaintext",
    reason: "caller-without-sidecar",
  },
  {
    what: "Kiali down, refusals are ours alone",
    given: { ...down, ...bare, ...STRICT, calls: [refusedCall(10)] },
    state: "refused",
    refused: 1,
    reason: "strict-refused-plaintext",
  },
  { what: "own call over mutual TLS before Kiali knows", given: { calls: [mutualCall(1)] }, state: "mutual-tls", percent: 100, reason: null },
  { what: "a served call proves nothing", given: { calls: [call(1)] }, state: "not-measured", reason: "too-few-samples" },
  {
    what: "an encryption without evidence is none",
    given: { calls: [call(1, { encryption: "mutual-tls" })] },
    state: "not-measured",
    reason: "too-few-samples",
  },
  { what: "calls that only passed here", given: { passed: 10 }, state: "not-measured", reason: "too-few-samples" },
  {
    what: "a call on a kept connection does not decide",
    given: { ...bare, calls: [plaintextCall(1, { newConnection: false })] },
    state: "not-measured",
    reason: "too-few-samples",
  },
  {
    what: "calls before the window are gone",
    given: { ...bare, calls: [plaintextCall(61), refusedCall(70)] },
    state: "not-measured",
    refused: 0,
    reason: "idle",
  },
  {
    what: "refused, four times",
    given: { ...bare, ...STRICT, calls: [refusedCall(4), refusedCall(3), refusedCall(2), refusedCall(1)] },
    state: "refused",
    refused: 4,
    reason: "strict-refused-plaintext",
  },
  {
    what: "refused without a policy that says so",
    given: { ...bare, ...PERMISSIVE, calls: [refusedCall(1)] },
    state: "refused",
    refused: 1,
    reason: "unexplained",
  },
  { what: "refused, policies not readable", given: { ...bare, calls: [refusedCall(1)] }, state: "refused", refused: 1, reason: "unexplained" },
  {
    what: "refused beside served, no change known: served traffic is the state",
    given: { ...bare, calls: [plaintextCall(5), refusedCall(1)] },
    state: "plaintext",
    refused: 1,
    reason: "caller-without-sidecar",
  },
  {
    what: "refused beside something served nobody knows how",
    given: { calls: [call(5), refusedCall(1)] },
    state: "not-measured",
    refused: 1,
    reason: "too-few-samples",
  },
  {
    what: "Kiali saw plaintext, ours were refused, nothing changed: refusals stand beside",
    given: { ...bare, observed: observed(PLAINTEXT), calls: [refusedCall(1)] },
    state: "plaintext",
    refused: 1,
    reason: "caller-without-sidecar",
  },
  {
    what: "after STRICT our refused call decides over the window's plaintext",
    given: { ...bare, ...STRICT, lastChangeAt: ago(10), observed: observed(PLAINTEXT), calls: [plaintextCall(20), refusedCall(2)] },
    state: "refused",
    refused: 1,
    reason: "strict-refused-plaintext",
  },
  {
    what: "also when the first call after it was still served",
    given: { ...bare, ...STRICT, lastChangeAt: ago(10), calls: [plaintextCall(9.95), refusedCall(9), refusedCall(2)] },
    state: "refused",
    refused: 2,
    reason: "strict-refused-plaintext",
  },
  {
    what: "but not when served and refused alternate: two pods",
    given: { ...bare, ...STRICT, lastChangeAt: ago(10), calls: [plaintextCall(9), refusedCall(8), plaintextCall(7), refusedCall(6)] },
    state: "plaintext",
    refused: 2,
    reason: "caller-without-sidecar",
  },
  {
    what: "after PERMISSIVE our served call decides",
    given: { ...bare, ...PERMISSIVE, lastChangeAt: ago(10), calls: [refusedCall(20), plaintextCall(2)] },
    state: "plaintext",
    refused: 1,
    reason: "caller-without-sidecar",
  },
  {
    what: "after a change without a call, the window stands with its age",
    given: { ...bare, lastChangeAt: ago(10), observed: observed(PLAINTEXT) },
    state: "plaintext",
    reason: "window-older-than-change",
  },
  {
    what: "after a change our calls from before it stand with their age",
    given: { ...bare, lastChangeAt: ago(10), calls: [plaintextCall(20)] },
    state: "plaintext",
    reason: "window-older-than-change",
  },
  {
    what: "refusals from before a change, too",
    given: { ...bare, lastChangeAt: ago(10), calls: [refusedCall(20)] },
    state: "refused",
    refused: 1,
    reason: "window-older-than-change",
  },
  {
    what: "a closed lock stays closed over a change that leaves the rules alone",
    given: { lastChangeAt: ago(10), observed: observed() },
    state: "mutual-tls",
    percent: 100,
    reason: null,
  },
  {
    what: "a closed lock whose rules now say plaintext names its age",
    given: { ...disabledByRule, lastChangeAt: ago(10), observed: observed() },
    state: "mutual-tls",
    percent: 100,
    reason: "window-older-than-change",
  },
  {
    what: "and an own call opens it",
    given: { ...disabledByRule, lastChangeAt: ago(10), observed: observed(), calls: [plaintextCall(1)] },
    state: "plaintext",
    reason: "destination-rule",
  },
  {
    what: "the window lies after the change: Kiali decides",
    given: { lastChangeAt: ago(100), observed: observed({ mtlsPercent: 50 }), calls: [mutualCall(10)] },
    state: "mixed",
    percent: 50,
    reason: "unexplained",
  },
  {
    what: "own plaintext that Kiali cannot know yet makes 100 % mixed",
    given: { observed: observed(), calls: [plaintextCall(1)] },
    state: "mixed",
    percent: (100 * 60) / 61,
    reason: "unexplained",
  },
  {
    what: "own mutual TLS newer than a plaintext window",
    given: { observed: observed(PLAINTEXT), calls: [mutualCall(1)] },
    state: "mixed",
    percent: 100 / 61,
    reason: "unexplained",
  },
  {
    what: "also one that the proxies may not have reported yet: never closed over plaintext we know of",
    given: { observed: observed(), calls: [plaintextCall(10)] },
    state: "mixed",
    percent: (100 * 60) / 61,
    reason: "unexplained",
  },
  {
    what: "a mixed figure is not counted twice",
    given: { observed: observed({ mtlsPercent: 50 }), calls: [plaintextCall(10)] },
    state: "mixed",
    percent: 50,
    reason: "unexplained",
  },
  {
    what: "own calls that say the same change nothing",
    given: { observed: observed(), calls: [mutualCall(1)] },
    state: "mutual-tls",
    percent: 100,
    reason: null,
  },
])("$what: $state", ({ given, state, percent, refused, reason }) => {
  const lock = decideEdgeLock(facts(given));
  expect(lock.state).toBe(state);
  expect(lock.percent).toEqual(percent === undefined ? null : expect.closeTo(percent ?? 0, 9));
  if (refused !== undefined) expect(lock.refused).toBe(refused);
  expect(lock.reason?.code ?? null).toBe(reason);
  expect(lock.evidence.length > 0).toBe(state !== "not-measured");
});
