import { toCallCaption, toEnforcedCaption, toPolicyCaption } from "@/lib/mesh/words";
import { PROBE_IMAGE } from "@/lib/probe/probe-pod";
import { createAccessAnswers } from "./access-answers";
import { createCallLog } from "./call-log";
import { toKubeconfigChoice } from "./choose-target";
import { createCluster } from "./cluster";
import { createCommandLimit } from "./command-limit";
import { createCommands } from "./commands";
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
import { createStreams } from "./streams";
import { createViews, type Views } from "./views";

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
  const kiali = createKialiSource(config, cluster, (outcome) => metrics.count("padlock_upstream_calls_total", { source: "kiali", outcome }));
  const created = createViews({
    kiali,
    parts: () => ({ config, cluster, access, gateway, probes, probePods, runs, reset, changes, enforcement, log, journal, kiali, padlockVersion: VERSION }),
  });
  views = created;
  const streams = createStreams({ views: created, presence });
  gateway.reconsider();
  probePods.reconsider();
  const sweeping = setInterval(() => presence.sweep(), 60_000);
  sweeping.unref();

  const gate = getGate(config);
  const runtime: Runtime = {
    allowedHosts: toAllowedHosts(config.listen, config.allowHosts),
    get target() {
      const { context, server, user } = cluster.connection.target;
      return { kind: config.kind, context, server, user };
    },
    commandLimit: createCommandLimit(),
    presence,
    gate,
    replays: createReplays(),
    get closing() {
      return closing;
    },
    openStream: streams.open,
    readState: (view) => created.read(view),
    ...createCommands({
      namespaces: config.namespaces,
      cluster,
      access,
      authority,
      probes,
      probePods,
      changes,
      runs,
      reset,
      kiali,
      journal,
      onChange: changed,
    }),
    metrics() {
      const { sources, run } = created.read({ namespaces: config.namespaces.slice(0, 1), window: 60 });
      return metrics.text({
        version: VERSION,
        states: Object.fromEntries(Object.entries(sources).map(([name, { state }]) => [name, state])),
        streamClients: streams.count,
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
