import { expect, test } from "vitest";
import { decidePortMode, decideWorkloadPolicy } from "./decide-policy";
import type { EdgeFacts } from "./edge-facts";
import { decideEdgeLock } from "./edge-lock";
import type { ReasonCode } from "./lock";
import type { PeerAuthentication } from "./objects";
import { BARE, call, end, facts, MESHED, NOW, observed, PLAINTEXT, plaintextCall, refusedCall } from "./testdata/edge";
import { CONFIG, LEGACY, policy, WEB_API } from "./testdata/objects";

const ago = (seconds: number) => NOW - seconds * 1_000;

function under(...policies: PeerAuthentication[]): Pick<EdgeFacts, "policy" | "port"> {
  const decided = decideWorkloadPolicy(policies, CONFIG, WEB_API);
  return { policy: decided, port: { ...decidePortMode(decided, 8081), number: 8081 } };
}
const STRICT = under(policy({ namespace: "istioinaction", name: "default", mode: "STRICT" }));
const _PERMISSIVE = under(policy({ namespace: "istio-system", name: "default", mode: "PERMISSIVE" }));
const bare: Partial<EdgeFacts> = { caller: BARE, client: { sends: "plaintext", because: { kind: "caller-without-sidecar" }, rule: null } };
const rule = { kind: "DestinationRule", namespace: "istioinaction", name: "d" };
const disabledByRule: Partial<EdgeFacts> = {
  client: { sends: "plaintext", because: { kind: "destination-rule", object: rule, mode: "DISABLE", at: "traffic-policy" }, rule },
};
const _down = { observer: { state: "down", reason: "Kiali answers 503." } } as const;

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
