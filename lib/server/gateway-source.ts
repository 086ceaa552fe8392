import type { SourceStatus } from "@/lib/api/state";
import type { GatewayTarget } from "@/lib/gateway/call";
import { type GatewayCandidate, toGatewayCandidates } from "@/lib/gateway/find-address";
import { checkHandshake } from "@/lib/gateway/handshake";
import type { OutsideService } from "@/lib/kubernetes/gateway-service";
import { isSubset } from "@/lib/mesh/labels";
import type { Workload } from "@/lib/mesh/objects";
import type { ClusterObjects } from "./cluster";

/** Between two looks at a gateway that answers, and the longest pause while it does not, ms. */
const LOOK_AGAIN = 10_000;
const FIRST_RETRY = 500;

interface Options {
  objects(): ClusterObjects;
  /** Host and server name of the route; null = not told. */
  host: string | null;
  /** Reads the PEM of whoever signed the gateway's certificate, anew each time: a gateway that is set up again has another one. null = the system's authorities. */
  readAuthority(): Promise<string | null>;
  onChange(): void;
}

/**
 * Where the ingress gateway is and whether it answers: the Service behind the Gateway object's selector, its addresses tried by TLS
 * handshakes, which leave no request in anybody's figures.
 */
export function createGatewaySource({ objects, host, readAuthority, onChange }: Options) {
  let status: SourceStatus = { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
  let found: { candidate: GatewayCandidate; ca: string | null } | null = null;
  let workload: Workload | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let seen = "";
  const closing = new AbortController();

  const set = (state: SourceStatus["state"], reason: string | null, nextTry: number | null) => {
    const now = Date.now();
    const changed = state !== status.state || reason !== status.reason;
    status = { state, reason, since: state === status.state ? status.since : now, lastGood: state === "ok" ? now : status.lastGood, nextTry };
    if (changed) onChange();
  };
  const again = (ms: number) => {
    clearTimeout(timer);
    if (!closing.signal.aborted) timer = setTimeout(() => void look(), ms);
    return Date.now() + ms;
  };
  const fail = (reason: string) => {
    const pause = Math.random() * Math.min(LOOK_AGAIN, FIRST_RETRY * 2 ** failures++) + 200;
    set(status.lastGood === null ? "down" : "stale", reason, again(pause));
  };

  const look = async () => {
    if (host === null) {
      set("absent", "No host name of a route is known; name it with --gateway-host.", null);
      return;
    }
    const facts = toGatewayFacts(objects(), host);
    workload = facts.workload;
    if (facts.missing !== null) {
      found = null;
      set("absent", facts.missing, again(LOOK_AGAIN));
      return;
    }
    const tried: string[] = [];
    const ca = await readAuthority().catch((error: NodeJS.ErrnoException) => error);
    if (ca instanceof Error) {
      fail(`The gateway's certificate cannot be checked, because the file of its CA cannot be read: ${ca.code ?? ca.message}.`);
      return;
    }
    for (const candidate of facts.candidates) {
      const failed = await checkHandshake(candidate, { serverName: host, ca }, closing.signal);
      if (closing.signal.aborted) return;
      if (failed === null) {
        failures = 0;
        const moved = found?.candidate.address !== candidate.address || found.candidate.port !== candidate.port;
        found = { candidate, ca };
        again(LOOK_AGAIN);
        set("ok", null, null);
        if (moved) onChange();
        return;
      }
      tried.push(failed.message);
    }
    fail(`The ingress gateway does not answer: ${tried.join("; ")}.`);
  };

  return {
    get status() {
      return status;
    },
    /** Where calls go; null until a handshake succeeded. */
    get target(): GatewayTarget | null {
      return found === null || host === null ? null : { address: found.candidate.address, port: found.candidate.port, serverName: host, host, ca: found.ca };
    },
    /** The workload behind the address. */
    get workload() {
      return workload;
    },
    /** The cluster changed: look again when what leads to the gateway did. */
    reconsider(): void {
      const { gateways, outsideServices, workloads } = objects();
      if (workloads === null) return;
      const now = JSON.stringify([
        gateways,
        outsideServices.map(({ name, ports, loadBalancer }) => [name, ports, loadBalancer]),
        workloads.filter((each) => each.isGateway).map((each) => [each.name, each.pods]),
      ]);
      if (now === seen) return;
      seen = now;
      failures = 0;
      again(0);
    },
    close(): void {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
export type GatewaySource = ReturnType<typeof createGatewaySource>;

function toGatewayFacts(objects: ClusterObjects, host: string): { candidates: GatewayCandidate[]; workload: Workload | null; missing: string | null } {
  const none = (missing: string) => ({ candidates: [], workload: null, missing });
  const gateway = objects.gateways.find(({ servers }) =>
    servers.some((server) => server.protocol === "HTTPS" && server.hosts.some((name) => matches(name, host))),
  );
  if (gateway === undefined) return none(`No Gateway object has an HTTPS server for ${host}; apply the lab's Gateway first.`);
  const { selector } = gateway;
  const workload = (objects.workloads ?? []).find((each) => selector === null || isSubset(selector, each.labels)) ?? null;
  if (workload === null) return none(`Gateway ${gateway.namespace}/${gateway.name} selects no pod.`);
  const service = objects.outsideServices.find((each) => isGatewayService(each, workload));
  if (service === undefined) return none(`No Service leads to the gateway's pods (${workload.namespace}/${workload.name}).`);
  const candidates = toGatewayCandidates({ setting: null, service, servers: gateway.servers, nodeAddresses: [] });
  if (candidates.length > 0) return { candidates, workload, missing: null };
  return none(`Service ${service.namespace}/${service.name} has no address outside the cluster (no load balancer, no external IP).`);
}

function isGatewayService({ namespace, selector }: OutsideService, workload: Workload): boolean {
  return namespace === workload.namespace && Object.keys(selector).length > 0 && isSubset(selector, workload.labels);
}

/** Hosts of a Gateway server may carry a namespace and a wildcard: `*`, `ns/*.io`. */
function matches(pattern: string, host: string): boolean {
  const name = pattern.slice(pattern.indexOf("/") + 1);
  return name === "*" || name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
}
