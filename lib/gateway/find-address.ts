import { type GatewayCallResult, type GatewayClient, GatewayNotResolved, type GatewayTarget, openGatewayClient } from "./call";
import type { OpenStream } from "./connection";
import type { GatewayFailure } from "./failure";

/** What is known of the gateway's Service, in plain words; whoever reads the cluster fills it in. */
export interface GatewayServiceFacts {
  namespace: string;
  name: string;
  ports: { name: string | null; port: number; targetPort: number | string | null; nodePort: number | null }[];
  /** `status.loadBalancer.ingress` */
  loadBalancer: { ip: string | null; hostname: string | null }[];
  externalIPs: string[];
}

/** A server of an Istio Gateway object that selects it. */
export interface GatewayServerFacts {
  port: number;
  /** `HTTPS`, `HTTP` … */
  protocol: string;
}

export interface GatewayFacts {
  /** What the person set, `address`, `address:port` or `https://address:port`; then nothing else is tried. */
  setting: string | null;
  /** Whether Padlock runs in the cluster, where Service names mean something. */
  inCluster: boolean;
  service: GatewayServiceFacts | null;
  servers: GatewayServerFacts[];
  /** `status.addresses` of a Gateway of the Kubernetes Gateway API. */
  published: string[];
  /** Node addresses, external ones first, and the host address of the gateway's pod. */
  nodeAddresses: string[];
}

export interface GatewayCandidate {
  address: string;
  port: number;
  from: "setting" | "in-cluster" | "gateway-status" | "load-balancer" | "external-ip" | "node-port" | "port-forward";
  /** How it is connected to when not by its address. */
  open?: OpenStream;
}

/**
 * Where the gateway may answer HTTPS, best first, each once: the setting alone; else the Service's name in the cluster; the Gateway's own status;
 * `status.loadBalancer` addresses and externalIPs with the Service's HTTPS ports; node addresses with their nodePorts. Which ports are HTTPS the
 * Gateway's servers say; without any, 443 and ports named `https` are.
 * @throws GatewaySettingInvalid
 */
export function toGatewayCandidates({ setting, inCluster, service, servers, published, nodeAddresses }: GatewayFacts): GatewayCandidate[] {
  const candidates: GatewayCandidate[] = [];
  const add = (candidate: GatewayCandidate) => {
    const isNew = candidates.every(({ address, port }) => address !== candidate.address || port !== candidate.port);
    if (isNew && candidate.address !== "") candidates.push(candidate);
  };

  if (setting !== null) return [{ ...parseSetting(setting), from: "setting" }];
  const ports = service === null ? [] : toHttpsPorts(service, servers);
  if (inCluster && service !== null) for (const { port } of ports) add({ address: `${service.name}.${service.namespace}.svc`, port, from: "in-cluster" });
  for (const address of published) {
    const numbers = ports.length > 0 ? ports.map(({ port }) => port) : servers.map(({ port }) => port);
    for (const port of numbers) add({ address, port, from: "gateway-status" });
  }
  for (const { ip, hostname } of service?.loadBalancer ?? []) {
    for (const { port } of ports) add({ address: ip ?? hostname ?? "", port, from: "load-balancer" });
  }
  for (const address of service?.externalIPs ?? []) {
    for (const { port } of ports) add({ address, port, from: "external-ip" });
  }
  for (const address of nodeAddresses) {
    for (const { nodePort } of ports) if (nodePort !== null) add({ address, port: nodePort, from: "node-port" });
  }
  return candidates;
}

/** The setting is no address. */
export class GatewaySettingInvalid extends Error {
  override readonly name = "GatewaySettingInvalid";
}

function parseSetting(text: string): { address: string; port: number } {
  const wrong = () => new GatewaySettingInvalid("The gateway's address must be a host name or IP address with an optional port, as in 127.0.0.1:443");
  const whole = text.includes("://") ? text : `https://${text}`;
  if (!URL.canParse(whole)) throw wrong();
  const url = new URL(whole);
  if (
    url.protocol !== "https:" ||
    url.username !== "" ||
    url.password !== "" ||
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.port === "0"
  )
    throw wrong();
  return { address: url.hostname.replace(/^\[|\]$/g, ""), port: url.port === "" ? 443 : Number(url.port) };
}

function toHttpsPorts(service: GatewayServiceFacts, servers: GatewayServerFacts[]): GatewayServiceFacts["ports"] {
  const numbers = servers.filter(({ protocol }) => protocol.toUpperCase() === "HTTPS").map(({ port }) => port);
  // Istio matches a server's number with the Service's port, or with the port of the pod behind it.
  const served = service.ports.filter(({ port, targetPort }) => numbers.includes(port) || (typeof targetPort === "number" && numbers.includes(targetPort)));
  return served.length > 0 ? served : service.ports.filter(({ port, name }) => port === 443 || name === "https");
}

/** What a gateway was found to be: answering for the host; there, but without a route (404) or a working upstream (503); or not usable. */
export type GatewayVerdict =
  /** `ip`: the address that was called; use goes there, whatever the name means later. */
  | { ok: true; candidate: GatewayCandidate; ip: string; httpCode: number; says: string }
  | { ok: false; candidate: GatewayCandidate; ip: string | null; failure: GatewayProblem; httpCode: number | null; says: string };

export type GatewayProblem = GatewayFailure | "no-route" | "no-upstream";

export type GatewayCheck = Pick<GatewayTarget, "serverName" | "host" | "ca" | "path">;

const VERIFY_TIMEOUT_MS = 2_000;

/** One real HTTPS call to a candidate, on a new connection, 2 s at most (4 s through the API server). */
export async function verifyGateway(candidate: GatewayCandidate, check: GatewayCheck, signal?: AbortSignal): Promise<GatewayVerdict> {
  let client: GatewayClient;
  try {
    const { address, port, open } = candidate;
    const timeoutMs = open === undefined ? VERIFY_TIMEOUT_MS : VERIFY_TIMEOUT_MS * 2;
    client = await openGatewayClient({ ...check, address, port, ...(open === undefined ? {} : { open }) }, { connection: "new", timeoutMs });
  } catch (error) {
    if (!(error instanceof GatewayNotResolved)) throw error;
    return { ok: false, candidate, ip: null, failure: "dns", httpCode: null, says: error.message };
  }
  try {
    return toVerdict(candidate, client.ip, check, await client.call({ signal }));
  } finally {
    client.close();
  }
}

function toVerdict(candidate: GatewayCandidate, ip: string, { host }: GatewayCheck, { failure, httpCode, message }: GatewayCallResult): GatewayVerdict {
  const where = `${candidate.address}:${candidate.port}`;
  if (failure !== null || httpCode === null)
    return { ok: false, candidate, ip, failure: failure ?? "reset", httpCode, says: message ?? `${where} did not answer` };
  const problem = toAnswerProblem(httpCode);
  if (problem === null) return { ok: true, candidate, ip, httpCode, says: `${where} answers for ${host} (${httpCode})` };
  return { ok: false, candidate, ip, failure: problem, httpCode, says: toAnswerWords(problem, where, host) };
}

/** What a gateway's answer says of its own configuration: 404 comes without a route, 503 with a route that leads to nobody. */
export function toAnswerProblem(httpCode: number): "no-route" | "no-upstream" | null {
  return httpCode === 404 ? "no-route" : httpCode === 503 ? "no-upstream" : null;
}

export function toAnswerWords(problem: "no-route" | "no-upstream", where: string, host: string): string {
  return problem === "no-route"
    ? `The gateway at ${where} has no route for ${host} (404)`
    : `The gateway at ${where} has a route for ${host}, but nothing behind it answers (503)`;
}

/**
 * Tries the candidates in turn until one answers.
 * @returns the first that answers; else the best of the others (one that is the gateway but has no route or upstream before one that is
 * not reached); null without candidates. `tried` holds all verdicts, in order.
 */
export async function findGateway(
  candidates: readonly GatewayCandidate[],
  check: GatewayCheck,
  signal?: AbortSignal,
): Promise<{ best: GatewayVerdict | null; tried: GatewayVerdict[] }> {
  const tried: GatewayVerdict[] = [];
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    const verdict = await verifyGateway(candidate, check, signal);
    tried.push(verdict);
    if (verdict.ok) return { best: verdict, tried };
  }
  return { best: tried.find(({ httpCode }) => httpCode !== null) ?? tried[0] ?? null, tried };
}
