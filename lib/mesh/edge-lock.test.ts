import { expect, test } from "vitest";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EdgeFacts } from "./edge-facts";
import { decideEdgeLock } from "./edge-lock";
import type { LockState, ReasonCode } from "./lock";
import type { PeerAuthentication } from "./objects";
import { BARE, call, end, facts, MESHED, mutualCall, NOW, observed, PLAINTEXT, plaintextCall, refusedCall, UNREPORTED } from "./testdata/edge";
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

test.each<{ what: string; given: Partial<EdgeFacts>; code: ReasonCode; object: string | undefined; command: RegExp }>([
  {
    what: "a caller without sidecar",
    given: bare,
    code: "caller-without-sidecar",
    object: "Deployment default/sleep",
    command: /^kubectl patch deployment sleep -n default .*sidecar\.istio\.io\/inject/,
  },
  {
    what: "a caller whose namespace asks for sidecars already",
    given: { ...bare, caller: { ...BARE, injection: true } },
    code: "caller-without-sidecar",
    object: "Deployment default/sleep",
    command: /^kubectl rollout restart deployment\/sleep -n default$/,
  },
  {
    what: "a server without sidecar",
    given: { server: end(LEGACY) },
    code: "server-without-sidecar",
    object: "Deployment default/legacy",
    command: /^kubectl patch deployment legacy -n default/,
  },
  {
    what: "a DestinationRule",
    given: disabledByRule,
    code: "destination-rule",
    object: "DestinationRule istioinaction/d",
    command: /^kubectl patch destinationrule d -n istioinaction .*ISTIO_MUTUAL/,
  },
  {
    what: "a port exempt from STRICT",
    given: {
      ...bare,
      ...under(policy({ namespace: "istioinaction", name: "wa", selector: { app: "web-api" }, mode: "STRICT", ports: { 8081: "PERMISSIVE" } })),
    },
    code: "port-exception",
    object: "PeerAuthentication istioinaction/wa",
    command: /^kubectl patch peerauthentication wa -n istioinaction .*"8081":\{"mode":"UNSET"\}/,
  },
  {
    what: "policy DISABLE",
    given: under(policy({ namespace: "istioinaction", name: "default", mode: "DISABLE" })),
    code: "policy-disable",
    object: "PeerAuthentication istioinaction/default",
    command: /^kubectl patch peerauthentication default -n istioinaction .*PERMISSIVE/,
  },
  {
    what: "a caller without identity",
    given: { caller: { ...BARE, kind: "unidentified", namespace: null, name: "unidentified caller", workload: null } },
    code: "outside-the-mesh",
    object: undefined,
    command: /^kubectl logs -n istioinaction deployment\/web-api -c istio-proxy/,
  },
])("plaintext because of $what: object, fix and command", ({ given, code, object, command }) => {
  const { reason } = decideEdgeLock(facts({ observed: observed(PLAINTEXT), ...given }));
  expect(reason?.code).toBe(code);
  expect(reason?.object && `${reason.object.kind} ${reason.object.namespace}/${reason.object.name}`).toBe(object);
  expect(reason?.fix).toMatch(/\.$/);
  expect(reason?.command).toMatch(command);
});

test("auto mutual TLS switched off is said", () => {
  const lock = decideEdgeLock(facts({ observed: observed(PLAINTEXT), client: { sends: "plaintext", because: { kind: "auto-mtls-off" }, rule: null } }));
  expect(lock.reason).toMatchObject({ code: "auto-mtls-off" });
});

test("a refusal names the policy, the caller and until when the window holds plaintext", () => {
  const lock = decideEdgeLock(
    facts({ ...bare, ...STRICT, lastChangeAt: Date.UTC(2026, 10, 24, 14, 2, 11), observed: observed(PLAINTEXT), calls: [refusedCall(1)] }),
  );
  expect(lock.reason?.text).toBe(
    "istioinaction/web-api accepts mutual TLS only (STRICT by PeerAuthentication istioinaction/default), and default/sleep has no sidecar and cannot show an identity. It was plaintext until 14:02:11.",
  );
  expect(lock.evidence.map(({ mark }) => mark)).toEqual(["first-hand", "observed"]);
});

test("a connection that outlived the change is told", () => {
  const lock = decideEdgeLock(
    facts({ ...bare, ...STRICT, lastChangeAt: ago(10), calls: [plaintextCall(20), refusedCall(5), plaintextCall(3, { newConnection: false })] }),
  );
  expect(lock).toMatchObject({ state: "refused", refused: 1 });
  expect(lock.reason?.text).toContain("A connection from before it was still served.");
});

test("nothing was served because rule and policy do not agree", () => {
  const failed = call(1, { caller: "with-sidecar", callerName: "istioinaction/sleep", outcome: "failed", httpCode: 503 });
  const lock = decideEdgeLock(facts({ ...disabledByRule, ...STRICT, caller: MESHED, calls: [failed] }));
  expect(lock).toMatchObject({ state: "not-measured", reason: { code: "destination-rule", object: { name: "d" } } });
  expect(lock.reason?.text).toContain("STRICT");
});

test("a name that a shell could read as more than a name never gets into a command", () => {
  const evil = { ...BARE, name: "x; rm -rf ~", workload: { kind: "Deployment", namespace: "default", name: "x; rm -rf ~" } };
  expect(decideEdgeLock(facts({ observed: observed(PLAINTEXT), caller: evil })).reason?.command).toBeUndefined();
});
