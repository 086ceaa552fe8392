import type { Page } from "@playwright/test";
import { ROUTES } from "@/lib/api/routes";
import type { LiveState, RunStatus, SourceName, SourceStatus, SwitchChange } from "@/lib/api/state";
import { toDashboard } from "../dashboard";
import type { Told } from "../told-state";
import { withLockEverywhere } from "./lock-states";

/** What Padlock answers to a command: never, or with a status. */
export type Answer = "never" | { status: number; body: object };

export interface ControlState extends Told {
  name: string;
  answers?: Partial<Record<string, Answer>>;
  query?: string;
  act?: (page: Page) => Promise<void>;
}

const refusal = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  body: { error: { code, message, requestId: "gallery", ...more } },
});
const press = (name: string | RegExp) => (page: Page) => toDashboard(page).button(name).first().click();

/** Each control without content, waiting, refused, and with a source gone: everything made of one state of the lab. */
export function toControlStates(base: LiveState): ControlState[] {
  const { now } = base.clock;
  const source = (name: SourceName, state: SourceStatus["state"], reason: string): LiveState => ({
    ...base,
    sources: { ...base.sources, [name]: { state, reason, since: now - 42_000, lastGood: now - 44_000, nextTry: now + 4000 } },
  });
  const changing = (change: Partial<SwitchChange>): LiveState => ({
    ...base,
    posture: { ...base.posture, mode: "STRICT" },
    switch: {
      ...base.switch,
      position: "STRICT",
      change: {
        mode: "STRICT",
        by: "padlock",
        requestedAt: now - 2030,
        storedAt: now - 2000,
        enforcing: null,
        enforcedAt: null,
        enforced: [],
        unverified: null,
        ...change,
      },
    },
  });
  const run: RunStatus = {
    id: "run-1",
    kind: "calls",
    startedAt: now - 3000,
    endedAt: null,
    planned: 10,
    rate: 5,
    connection: "new",
    sent: 7,
    byCaller: { gateway: { sent: 7, served: 7, failed: 0, refused: 0, unreachable: 0 } },
    latency: { p50: 13.1, p95: 18, p99: 22.4, max: 25 },
    achievedRate: 5,
    end: null,
    says: "through the gateway, TLS verified",
  };
  const ended = (more: Partial<RunStatus>): LiveState => ({ ...base, run: { current: null, last: { ...run, endedAt: now - 1000, sent: 10, ...more } } });
  const nothing: LiveState = {
    ...withLockEverywhere(base, "not-measured"),
    calls: { ...base.calls, recent: [], lastProbe: { "with-sidecar": null, "without-sidecar": null } },
    run: { current: null, last: null },
    journal: [],
  };
  const empty: LiveState = {
    ...nothing,
    graph: {
      ...nothing.graph,
      nodes: [],
      edges: [],
      empty: { cause: "Kiali knows no traffic in istioinaction in the last 60 s.", next: "Send some calls, or widen the window." },
    },
  };
  const noCallers: LiveState = {
    ...base,
    mesh: {
      ...base.mesh,
      callers: {
        ...base.mesh.callers,
        "with-sidecar": { name: null, pod: null, missing: "No pod with sidecar that has curl was found in istioinaction." },
        "without-sidecar": { name: null, pod: null, missing: "No pod without sidecar that has curl was found in default." },
      },
    },
    commands: { ...base.commands, probe: { "with-sidecar": null, "without-sidecar": null } },
  };
  const long = (length: number) => "abcdefghi-".repeat(26).slice(0, length);
  const hostile: LiveState = {
    ...base,
    target: { ...base.target, kind: "cluster", label: `arn:aws:eks:eu-west-1:123456789012:cluster/${long(120)}` },
    posture: { ...base.posture, facts: ["83 % mutual TLS", `the caller ${long(150)} in plaintext`] },
    graph: {
      ...base.graph,
      nodes: base.graph.nodes.map((node, index) => ({
        ...node,
        title: ["<img src=x onerror=alert(1)>", long(253), "שלום עולם", "\u202Eevil.exe"][index % 4] ?? node.title,
      })),
    },
  };
  const plan = {
    digest: "0123456789abcdef",
    steps: [
      { verb: "stop", object: null, owner: null, says: "Stop the run that is going on", already: true },
      {
        verb: "delete",
        object: { kind: "PeerAuthentication", namespace: "istioinaction", name: "default" },
        owner: "padlock",
        says: "PeerAuthentication istioinaction/default (STRICT)",
        already: false,
      },
      { verb: "prove", object: null, owner: null, says: "A plaintext call is served", already: false },
    ],
  };
  const planned: Answer = { status: 200, body: plan };
  const reset = async (page: Page) => {
    await press("Reset the lab")(page);
    await page.getByRole("dialog").getByRole("button", { name: "Reset", exact: true }).click();
  };
  const tryPlain = press("Try a call no sidecar");
  const strict = withLockEverywhere(base, "refused");
  return [
    { name: "page-pending", state: null },
    { name: "page-failed", state: null, down: true },
    { name: "page-stale", state: base, down: true },
    { name: "kubernetes-down", state: source("kubernetes", "down", "connect ECONNREFUSED 127.0.0.1:6443: is the API server running?") },
    { name: "kubernetes-forbidden", state: source("kubernetes", "forbidden", 'User "padlock" may not list peerauthentications in istioinaction.') },
    { name: "kiali-down", state: source("kiali", "down", "connect ECONNREFUSED 127.0.0.1:20001: is Kiali running?") },
    { name: "kiali-stale", state: source("kiali", "stale", "Kiali's figures are from 14:02:11.") },
    { name: "kiali-absent", state: source("kiali", "absent", "No Kiali is configured: locks show only what Padlock's own calls met.") },
    { name: "gateway-absent", state: source("gateway", "absent", "No Service selects the pods of Gateway istioinaction/outfitters-gateway.") },
    {
      name: "all-sources-down",
      state: {
        ...base,
        sources: {
          kubernetes: source("kubernetes", "forbidden", "The API server lets nobody in.").sources.kubernetes,
          kiali: source("kiali", "down", "connect ECONNREFUSED 127.0.0.1:20001: is Kiali running?").sources.kiali,
          prometheus: source("prometheus", "down", "Kiali's Prometheus does not answer.").sources.prometheus,
          gateway: source("gateway", "absent", "No Service selects the pods of Gateway istioinaction/outfitters-gateway.").sources.gateway,
        },
      },
    },
    { name: "switch-empty", state: { ...base, switch: { ...base.switch, position: null, object: null, inherits: null, change: null } } },
    { name: "switch-pending", state: base, answers: { [ROUTES.switch]: "never" }, act: press("STRICT") },
    {
      name: "switch-failed-owner",
      state: base,
      answers: {
        [ROUTES.switch]: refusal(409, "owned-by-manager", "The mode belongs to argocd-controller, which would set it back.", { manager: "argocd-controller" }),
      },
      act: press("STRICT"),
    },
    {
      name: "switch-failed-changed",
      state: base,
      answers: { [ROUTES.switch]: refusal(409, "changed-meanwhile", "The policy has changed since you saw it.") },
      act: press("STRICT"),
    },
    { name: "switch-stored", state: changing({}) },
    { name: "switch-enforcing", state: changing({ enforcing: { checkedWorkloads: 1, totalWorkloads: 3, checks: 2 } }) },
    { name: "switch-unverified", state: changing({ unverified: "Stored, not verified: no caller without sidecar." }) },
    { name: "switch-elsewhere", state: changing({ by: "elsewhere", requestedAt: null, enforcing: { checkedWorkloads: 3, totalWorkloads: 3, checks: 2 } }) },
    { name: "calls-empty", state: nothing },
    { name: "calls-pending", state: base, answers: { [ROUTES.runs]: "never" }, act: press("Send 10 calls") },
    { name: "calls-running", state: { ...base, run: { current: run, last: null } } },
    {
      name: "calls-failed",
      state: base,
      answers: { [ROUTES.runs]: refusal(409, "already-running", "A run goes on already; it was started by another page.") },
      act: press("Send 10 calls"),
    },
    { name: "calls-ended-failed", state: ended({ end: "failed", sent: 3, says: "The gateway does not answer: connect ECONNREFUSED." }) },
    { name: "calls-cancelled", state: ended({ end: "cancelled", sent: 3, says: "Stopped by you." }) },
    {
      name: "calls-keep-sending",
      state: { ...strict, run: { current: { ...run, kind: "keep-sending", planned: null, sent: 104, rate: 1, says: "35 s of 300 s" }, last: null } },
    },
    { name: "probe-empty", state: noCallers },
    { name: "probe-pending", state: base, answers: { [ROUTES.probes]: "never" }, act: tryPlain },
    {
      name: "probe-failed",
      state: base,
      answers: { [ROUTES.probes]: refusal(503, "source-unavailable", "The API server does not answer: the pod could not be asked.") },
      act: tryPlain,
    },
    { name: "reset-pending", state: strict, answers: { [ROUTES.reset]: "never" }, act: press("Reset the lab") },
    {
      name: "reset-failed-plan",
      state: strict,
      answers: { [ROUTES.reset]: refusal(503, "source-unavailable", "The API server does not answer.") },
      act: press("Reset the lab"),
    },
    { name: "reset-plan", state: strict, answers: { [ROUTES.reset]: planned }, act: press("Reset the lab") },
    {
      name: "reset-failed-proof",
      state: strict,
      answers: {
        [ROUTES.reset]: planned,
        [`POST ${ROUTES.reset}`]: { status: 200, body: { ok: false, proofs: [{ says: "A plaintext call to web-api was refused", ok: false, at: now }] } },
      },
      act: reset,
    },
    { name: "graph-empty", state: empty },
    { name: "table-empty", state: empty, query: "?view=table" },
    { name: "table-full", state: base, query: "?view=table" },
    { name: "table-stale", state: source("kiali", "down", "connect ECONNREFUSED 127.0.0.1:20001: is Kiali running?"), query: "?view=table" },
    { name: "find-nothing", state: base, query: "?search=nobody" },
    { name: "projector-empty", state: empty, query: "?mode=projector" },
    { name: "projector-stale", state: base, down: true, query: "?mode=projector" },
    { name: "hostile-names", state: hostile },
    { name: "hostile-names-table", state: hostile, query: "?view=table" },
  ];
}
