import { expect, test } from "vitest";
import { assembleGraph } from "./assemble-graph";
import { toPosture } from "./posture";
import { call, NOW, PLAINTEXT, plaintextCall, refusedCall } from "./testdata/edge";
import { CHAIN, edge, lab, NODES, seen, UNKNOWN } from "./testdata/graph";
import { policy } from "./testdata/objects";

const strict = policy({ namespace: "istioinaction", name: "default", mode: "STRICT" });
const unknown = (rate: number) => edge(UNKNOWN.id, "istioinaction/web-api", { ...PLAINTEXT, rate });

test.each([
  { what: "idle", given: {}, facts: ["no traffic"], state: "not-measured", mode: "PERMISSIVE" },
  { what: "all mutual TLS", given: { observed: seen(NODES, CHAIN) }, facts: ["100 % mutual TLS"], state: "mutual-tls", mode: "PERMISSIVE" },
  {
    what: "STRICT with refusals",
    given: { observed: seen(NODES, CHAIN), policies: [strict], calls: [4, 3, 2, 1].map((ago) => refusedCall(ago)) },
    facts: ["100 % mutual TLS", "4 plaintext calls refused"],
    state: "mutual-tls",
    mode: "STRICT",
  },
  {
    what: "a caller without identity",
    given: { observed: seen([...NODES, UNKNOWN], [...CHAIN, unknown(0.6)]) },
    facts: ["83 % mutual TLS", "1 caller in plaintext"],
    state: "mixed",
    mode: "PERMISSIVE",
  },
  {
    what: "a single plaintext call among a thousand a second",
    given: {
      observed: seen(
        NODES,
        CHAIN.map((each) => ({ ...each, rate: 1_000 })),
      ),
      calls: [plaintextCall(1)],
    },
    facts: [">99.9 % mutual TLS", "1 caller in plaintext"],
    state: "mixed",
    mode: "PERMISSIVE",
  },
  { what: "only plaintext", given: { calls: [plaintextCall(1)] }, facts: ["no mutual TLS", "1 caller in plaintext"], state: "plaintext", mode: "PERMISSIVE" },
  { what: "only refusals", given: { policies: [strict], calls: [refusedCall(1)] }, facts: ["1 plaintext call refused"], state: "refused", mode: "STRICT" },
  {
    what: "a served call that nobody measured",
    given: { calls: [call(1)] },
    facts: ["not measured", "1 line not measured"],
    state: "not-measured",
    mode: "PERMISSIVE",
  },
  {
    what: "Kiali down",
    given: { observed: seen(NODES, CHAIN), kiali: { state: "down", reason: "Kiali answers 503." } as const },
    facts: ["not measured", "3 lines not measured"],
    state: "not-measured",
    mode: "PERMISSIVE",
  },
  { what: "policies not readable", given: { policies: null, observed: seen(NODES, CHAIN) }, facts: ["100 % mutual TLS"], state: "mutual-tls", mode: null },
])("$what: $facts", ({ given, facts, state, mode }) => {
  const posture = toPosture(assembleGraph(lab(given)), "istioinaction");
  expect(posture).toMatchObject({ facts, mode, lock: { state }, windowSeconds: 60 });
});

test("plaintext that the window holds from before an enforced STRICT is said to be that, until the window begins after it", () => {
  const graph = assembleGraph(lab({ observed: seen([...NODES, UNKNOWN], [...CHAIN, unknown(0.6)]), policies: [strict] }));
  const observedAt = graph.observedAt ?? Number.NaN;
  const facts = (mode: "STRICT" | "PERMISSIVE", at: number) => toPosture(graph, "istioinaction", { mode, at }).facts;
  expect(facts("STRICT", observedAt - 59_000)).toEqual(["83 % mutual TLS", "1 caller in plaintext", "window from before STRICT"]);
  expect(facts("STRICT", observedAt - 60_000)).toEqual(["83 % mutual TLS", "1 caller in plaintext"]);
  expect(facts("PERMISSIVE", observedAt - 1_000)).toEqual(["83 % mutual TLS", "1 caller in plaintext"]);
});

test("a caller that is refused now and was served earlier in the window keeps the share from being the window's", () => {
  const facts = (calls: ReturnType<typeof call>[], ago: number) => {
    const at = NOW - ago * 1_000;
    const changes = new Map([["istioinaction", at]]);
    const graph = assembleGraph(lab({ observed: seen(NODES, CHAIN), policies: [strict], calls, lastChangeByNamespace: changes }));
    return toPosture(graph, "istioinaction", { mode: "STRICT", at }).facts;
  };
  expect(facts([plaintextCall(40), refusedCall(2)], 20)).toEqual(["100 % mutual TLS since STRICT", "1 plaintext call refused"]);
  const kept = plaintextCall(5, { newConnection: false });
  expect(facts([plaintextCall(40), kept, refusedCall(2)], 20)).toEqual(["100 % mutual TLS on new connections", "1 plaintext call refused"]);
  expect(facts([refusedCall(2)], 20)).toEqual(["100 % mutual TLS", "1 plaintext call refused"]);
});

test("a namespace that is not in the view is not measured", () => {
  expect(toPosture(assembleGraph(lab()), "nowhere")).toMatchObject({ mode: null, lock: { state: "not-measured" }, facts: ["not measured"] });
});
