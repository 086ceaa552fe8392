import { createPolicyWriter } from "@/lib/kubernetes/policies";
import { toCallCaption, toEnforcedCaption, toPolicyCaption } from "@/lib/mesh/words";
import { NoCertificateError, readServerCertificate } from "@/lib/probe/certificate";
import { PROBE_IMAGE } from "@/lib/probe/probe-pod";
import { toEventStream } from "@/lib/stream/event-stream";
import { createAccessAnswers } from "./access-answers";
import { ApiError, isApiError } from "./api-error";
import { createCallLog } from "./call-log";
import { toKubeconfigChoice } from "./choose-target";
import { createCluster } from "./cluster";
import { createCommandLimit } from "./command-limit";
import { parseConfig } from "./config";
import { createEnforcementCheck } from "./enforcement";
import { watchEventLoop } from "./event-loop";
import { createGatewayAuthority } from "./gateway-authority";
import { createGatewaySource } from "./gateway-source";
import { toAllowedHosts } from "./hosts";
import { createJournal } from "./journal";
import { createKialiSource } from "./kiali-source";
import { logLine } from "./log";
import { createMetrics } from "./metrics";
import { readOwnPod } from "./own-pod";
import { createPolicyChanges } from "./policy-changes";
import { createPresence } from "./presence";
import { createProbePods } from "./probe-pods";
import { createPodProbe } from "./probes";
import { hideSecret } from "./redact";
import { createReplays } from "./replays";
import { createReset } from "./reset";
import { createRuns } from "./runs";
import type { Runtime } from "./runtime";
import { getGate } from "./sign-in/gate";
import { switchPolicy } from "./switch-policy";
import { createViews, type Views } from "./views";

/** All streams of the process, and of one page. */
const STREAMS = 500;
const STREAMS_PER_PAGE = 4;
const VERSION = "0.1.0";

declare global {
  var padlockShutdown: (() => Promise<void>) | undefined;
}

/** The composition root: the one place that knows which outside systems there are. @throws ConfigError, KubeconfigError */
export async function createRuntime(): Promise<Runtime> {
  const config = parseConfig(process.env["PADLOCK_CONFIG"]);
  const inCluster = config.kubeconfig === null;
  const metrics = createMetrics();
  const eventLoop = watchEventLoop();
  const log = createCallLog({
    onCall: ({ runId, caller, outcome }) => metrics.count(runId === null ? "padlock_probe_calls_total" : "padlock_load_calls_total", { caller, outcome }),
  });
  const journal = createJournal();
  const presence = createPresence();
  let views: Views | null = null;
  let streams = 0;
  let closing = false;
  const changed = () => views?.changed();

  const cluster = await createCluster({
    choice: {
      ...toKubeconfigChoice(config),
      onSecret: hideSecret,
      onCall: (outcome) => metrics.count("padlock_upstream_calls_total", { source: "kubernetes", outcome }),
    },
    onChange() {
      gateway?.reconsider();
      probePods?.reconsider();
      changed();
    },
    onPolicies(policies) {
      changes.stored(policies);
      views?.changedNow();
    },
  });
  const access = createAccessAnswers(cluster.connection, changed);
  const { connection, discovery } = cluster;
  const authority = createGatewayAuthority({ connection, caFile: config.gateway.caFile, onChange: () => gateway.lookAgain() });
  const gateway = createGatewaySource({
    connection,
    objects: () => cluster.objects,
    unread: () => cluster.unread,
    setting: config.gateway,
    inCluster,
    namespaces: config.namespaces,
    authority,
    onChange: changed,
  });
  const probePods = createProbePods({
    connection,
    discovery,
    workloads: () => cluster.objects.workloads,
    image: config.probeImage ?? PROBE_IMAGE,
    onChange: changed,
  });
  const own = await readOwnPod(inCluster);
  const probes = createPodProbe({ cluster, access, own, log, lastChangeAt: (namespace) => changes.lastStoredAt(namespace), onChange: changed });
  const enforcement = createEnforcementCheck({ cluster, probes });
  const changes = createPolicyChanges({
    namespaces: config.namespaces,
    policies: () => cluster.objects.policies,
    config: () => cluster.objects.config,
    check: enforcement.follow,
    onChange: changed,
    onStored(namespace, mode, by) {
      journal.add({ kind: "policy-stored", namespace, mode, says: toPolicyCaption(namespace, mode, by) });
    },
    onEnforced(namespace, { mode, enforced }) {
      const seen = enforced.filter(({ at }) => at !== null).length;
      journal.add({ kind: "enforced", namespace, mode, says: toEnforcedCaption(namespace, mode, { workloads: seen, of: enforced.length }) });
    },
  });
  const runs = createRuns({
    log,
    presence,
    gateway: () => gateway.target,
    onGatewayAnswer: gateway.met,
    targetName() {
      const target = probes.find(config.namespaces[0] ?? "").target;
      return target === null ? "" : `${target.workload.namespace}/${target.workload.name}`;
    },
    probe: probes,
    onChange: changed,
    onStarted(run) {
      metrics.count("padlock_loads_total", { kind: run.kind });
      journal.add({
        kind: "run-started",
        namespace: null,
        says: run.kind === "calls" ? `${run.planned} calls through the gateway begin.` : "Three callers keep sending.",
      });
    },
    onRefused(call) {
      journal.add({ kind: "refused", namespace: call.target.split("/")[0] ?? null, says: toCallCaption(call) });
      changed();
    },
    onEnded(run) {
      journal.add({ kind: "run-ended", namespace: null, says: `${run.kind === "calls" ? "The calls" : "Sending"} ended: ${run.says}.` });
    },
  });
  const reset = createReset({
    cluster,
    meshStart: config.meshStart ?? null,
    enforcement,
    probePods,
    stopRun: runs.stop,
    isRunning: () => runs.section.current !== null,
    clear() {
      log.clear();
      journal.clear();
      runs.clear();
      probes.forget();
      for (const namespace of config.namespaces) changes.forget(namespace);
    },
    onChange: changed,
  });
  const writer = createPolicyWriter(cluster.connection, cluster.discovery);
  const kiali = createKialiSource(config, cluster, (outcome) => metrics.count("padlock_upstream_calls_total", { source: "kiali", outcome }));
  const created = createViews({
    kiali,
    parts: () => ({ config, cluster, access, gateway, probes, probePods, runs, reset, changes, enforcement, log, journal, kiali, padlockVersion: VERSION }),
  });
  views = created;
  gateway.reconsider();
  probePods.reconsider();
  const sweeping = setInterval(() => presence.sweep(), 60_000);
  sweeping.unref();

  const checkNamespace = (namespace: string) => {
    if (!config.namespaces.includes(namespace)) {
      throw new ApiError("not-a-lab-namespace", `${namespace} is not a namespace Padlock may change; it may change ${config.namespaces.join(", ")}.`);
    }
  };

  /** A command that the cluster refused: what is offered may be out of date. */
  const noticeRefusal = async <T>(command: Promise<T>): Promise<T> => {
    try {
      return await command;
    } catch (error) {
      if (isApiError(error) && error.code === "forbidden-by-cluster") access.refused();
      throw error;
    }
  };

  const commandLimit = createCommandLimit();
  // Reading a certificate is a viewer's right: it must not use up what an instructor needs.
  const handshakeLimit = createCommandLimit();
  const gate = getGate(config);
  const runtime: Runtime = {
    allowedHosts: toAllowedHosts(config.listen, config.allowHosts),
    get target() {
      const { context, server, user } = cluster.connection.target;
      return { kind: config.kind, context, server, user };
    },
    commandLimit,
    presence,
    gate,
    replays: createReplays(),
    get closing() {
      return closing;
    },
    openStream(view, page, signal, session) {
      if (streams >= STREAMS) throw new ApiError("source-unavailable", "Too many pages follow Padlock already.", { retryAfter: 10 });
      const release = session.hold();
      if (presence.streamOpened(page) >= STREAMS_PER_PAGE) {
        presence.streamClosed(page);
        release();
        throw new ApiError("too-many", "This page has its streams already.", { retryAfter: 5 });
      }
      streams += 1;
      return toEventStream(created.subscribe(view), {
        signal: AbortSignal.any([signal, session.ended]),
        onClose() {
          streams -= 1;
          release();
          presence.streamClosed(page);
        },
      });
    },
    readState: (view) => created.read(view),
    async switchPolicy(request) {
      checkNamespace(request.namespace);
      changes.requested(request.namespace);
      try {
        const answer = await noticeRefusal(switchPolicy(writer, cluster.objects.policies, request));
        if (!answer.changed) changes.failed(request.namespace);
        return answer;
      } catch (error) {
        changes.failed(request.namespace);
        throw error;
      }
    },
    startRun(request) {
      if (request.kind === "keep-sending") checkNamespace(request.namespace);
      return { runId: runs.start(request) };
    },
    async cancelRun(runId) {
      await runs.cancel(runId);
      return { runId };
    },
    async probe(request, signal) {
      checkNamespace(request.namespace);
      const call = await noticeRefusal(probes.call(request, signal));
      journal.add({ kind: call.outcome === "refused" ? "refused" : "called", namespace: request.namespace, says: toCallCaption(call) });
      changed();
      return call;
    },
    chooseCaller(request) {
      checkNamespace(request.namespace);
      probes.choose(request);
    },
    async probePod(request) {
      checkNamespace(request.namespace);
      await noticeRefusal(request.act === "create" ? probePods.create(request.namespace, request.caller) : probePods.remove(request));
    },
    enterGatewayAuthority: ({ pem }) => authority.enter(pem),
    async readCertificate({ namespace, workload }) {
      const found = (cluster.objects.workloads ?? []).find((each) => each.namespace === namespace && each.name === workload);
      const address = found?.pods.find((pod) => pod.ready && pod.ip !== null)?.ip;
      const [port] = found?.ports ?? [];
      if (found === undefined || address == null || port === undefined)
        throw new ApiError("not-found", `${namespace}/${workload} has no ready pod with a declared port.`);
      if (found.sidecar !== "sidecar") throw new ApiError("not-found", `${namespace}/${workload} has no sidecar, so nobody shows a certificate for it.`);
      handshakeLimit.take();
      return readServerCertificate({ address, port }).catch((error: unknown) => {
        throw error instanceof NoCertificateError
          ? new ApiError("source-unavailable", `${error.message}. From outside a cluster pods are often not reachable.`, {}, { cause: error })
          : error;
      });
    },
    async enterKialiToken(token) {
      await kiali.enterToken(token);
      changed();
    },
    async planReset(namespace) {
      checkNamespace(namespace);
      return reset.plan(namespace);
    },
    async reset(request) {
      checkNamespace(request.namespace);
      const answer = await noticeRefusal(reset.run(request.namespace, request.plan, request.takeOver));
      journal.add({
        kind: "reset",
        namespace: request.namespace,
        says: answer.ok ? "The lab is back at its start, proven." : "The reset was done, but not everything could be proven.",
      });
      changed();
      return answer;
    },
    metrics() {
      const { sources, run } = created.read({ namespaces: config.namespaces.slice(0, 1), window: 60 });
      return metrics.text({
        version: VERSION,
        states: Object.fromEntries(Object.entries(sources).map(([name, { state }]) => [name, state])),
        streamClients: streams,
        loadRunning: run.current !== null,
        eventLoopLag: eventLoop.lag,
      });
    },
    async close() {
      if (closing) return;
      closing = true;
      eventLoop.close();
      clearInterval(sweeping);
      gate.close();
      await runs.stop();
      changes.close();
      gateway.close();
      probePods.close();
      await created.close("Padlock is ending");
      access.close();
      await cluster.close();
    },
  };
  globalThis.padlockShutdown = runtime.close;
  logLine("info", { event: "ready", context: cluster.connection.target.context, server: cluster.connection.target.server });
  return runtime;
}
