import type { LiveState } from "@/lib/api/state";
import type { Evidence } from "@/lib/mesh/evidence";
import type { Lock, LockState } from "@/lib/mesh/lock";

const observed = (says: string): Evidence => ({ mark: "observed", source: "Kiali, from Prometheus", says, at: 0, windowSeconds: 60 });

/** One of each state, as the rules would word it. */
const LOCKS: Record<LockState, Lock> = {
  "mutual-tls": { state: "mutual-tls", percent: 100, refused: 0, reason: null, evidence: [observed("100 % mutual TLS")] },
  mixed: {
    state: "mixed",
    percent: 83,
    refused: 0,
    reason: { code: "caller-without-sidecar", text: "default/sleep has no sidecar, so nobody encrypts for it.", fix: "Give it a sidecar." },
    evidence: [observed("83 % mutual TLS")],
  },
  plaintext: {
    state: "plaintext",
    percent: null,
    refused: 0,
    reason: { code: "policy-disable", text: "The servers accept plaintext only (DISABLE).", fix: "Set the mode to PERMISSIVE." },
    evidence: [observed("no request was mutual TLS")],
  },
  refused: {
    state: "refused",
    percent: null,
    refused: 4,
    reason: {
      code: "strict-refused-plaintext",
      text: "The server accepts mutual TLS only (STRICT), and the caller cannot show an identity.",
      fix: "Give it a sidecar.",
    },
    evidence: [{ mark: "first-hand", source: "our own call", says: "curl: (56) Recv failure: Connection reset by peer", at: 0 }],
  },
  "not-measured": {
    state: "not-measured",
    percent: null,
    refused: 0,
    reason: { code: "idle", text: "No traffic in the last 60 s.", fix: "Send some calls." },
    evidence: [],
  },
};

/** As the posture says them. */
const FACTS: Record<LockState, string[]> = {
  "mutual-tls": ["100 % mutual TLS"],
  mixed: ["83 % mutual TLS", "1 caller in plaintext"],
  plaintext: ["0 % mutual TLS", "3 callers in plaintext"],
  refused: ["4 plaintext calls refused"],
  "not-measured": ["no traffic in the last 60 s"],
};

/** A lock as it is now: its evidence is of a few seconds ago. */
export function toLock(state: LockState, now: number): Lock {
  const lock = LOCKS[state];
  return { ...lock, evidence: lock.evidence.map((entry) => ({ ...entry, at: now - 6000 })) };
}

/** The lab with one state of the lock everywhere a lock can be: lines, workloads, namespace and posture. */
export function withLockEverywhere(base: LiveState, state: LockState): LiveState {
  const lock = toLock(state, base.clock.now);
  const mode = state === "refused" ? "STRICT" : state === "plaintext" ? "DISABLE" : "PERMISSIVE";
  const { graph, posture } = base;
  return {
    ...base,
    graph: {
      ...graph,
      namespaces: graph.namespaces.map((frame) => ({ ...frame, policy: frame.policy && { ...frame.policy, mode }, lock })),
      nodes: graph.nodes.map((node) => (node.lock.state === "not-measured" && node.outside ? node : { ...node, lock })),
      edges: graph.edges.map((edge) => (edge.kind === "mesh" ? { ...edge, lock, own: { ...edge.own, refused: lock.refused } } : edge)),
    },
    posture: { ...posture, mode, lock, facts: FACTS[state] },
  };
}
