import type { GatewaySection } from "@/lib/api/gateway";
import type { UnreadKind } from "@/lib/api/rights";
import type { SourceStatus } from "@/lib/api/state";
import type { GatewayTarget } from "@/lib/gateway/call";
import { type GatewayCandidate, type GatewayProblem, type GatewayVerdict, toAnswerProblem, toAnswerWords, verifyGateway } from "@/lib/gateway/find-address";
import { checkHandshake } from "@/lib/gateway/handshake";
import { toNextStep } from "@/lib/gateway/next-step";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { KubernetesError } from "@/lib/kubernetes/errors";
import { readGatewayApi } from "@/lib/kubernetes/gateway-api";
import type { ClusterObjects } from "./cluster";
import type { GatewayAuthority, TrustedAuthority } from "./gateway-authority";
import { findGatewayCandidates } from "./gateway-candidates";
import { type FoundRoute, findGatewayRoute, type GatewayRoute, toGivenRoute } from "./gateway-facts";
import { toReachWords } from "./gateway-words";

/** Between two looks at a gateway that answers, and the longest pause while it does not, ms. */
const LOOK_AGAIN = 10_000;
const FIRST_RETRY = 500;
/** A gateway that answered with an error is asked a whole request again after so long, ms: what is behind it changes without a word. */
const PROVE_AGAIN = 30_000;
/** Kinds of objects that lead to a gateway. */
const NEEDED = ["Pod", "Service", "Gateway", "VirtualService"];
/** Problems of a certificate that was shown. */
const CERTIFICATE: ReadonlySet<GatewayProblem> = new Set(["ca", "tls-name", "expired"]);
/** How many of the addresses that were tried are named. */
const NAMED = 4;

interface Options {
  connection: KubernetesConnection;
  objects(): ClusterObjects;
  /** Kinds that cannot be read, and why. */
  unread(): UnreadKind[];
  /** What the person set; null = it is found. */
  setting: { address: string | null; host: string | null };
  inCluster: boolean;
  /** Namespaces of the lab: a route that leads there comes before others. */
  namespaces: readonly string[];
  authority: GatewayAuthority;
  onChange(): void;
}

interface Found {
  verdict: GatewayVerdict & { ip: string };
  authority: TrustedAuthority;
  route: GatewayRoute;
}

/**
 * Where the ingress gateway is and whether it answers: the Service behind the Gateway object's selector, its addresses tried in turn. The one that is
 * taken was proven by a whole HTTPS call; later looks are TLS handshakes with that very address, which leave no request in anybody's figures.
 */
export function createGatewaySource({ connection, objects, unread, setting, inCluster, namespaces, authority, onChange }: Options) {
  let status: SourceStatus = { state: "connecting", reason: null, since: Date.now(), lastGood: null, nextTry: null };
  let found: Found | null = null;
  let route: GatewayRoute | null = null;
  let trusted: TrustedAuthority | null = null;
  let tried: GatewaySection["tried"] = [];
  let problem: GatewayProblem | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let provenAt = 0;
  let seen = "";
  /** Looks do not overlap; one that is wanted meanwhile follows. */
  let looking = false;
  let wanted = false;
  const closing = new AbortController();

  const set = (state: SourceStatus["state"], reason: string | null, nextTry: number | null) => {
    const now = Date.now();
    const changed = state !== status.state || reason !== status.reason;
    const reachedBy = state === "ok" && found !== null ? toReachWords(found.verdict, found.route.host, found.authority) : null;
    status = { state, reason, since: state === status.state ? status.since : now, lastGood: state === "ok" ? now : status.lastGood, nextTry, reachedBy };
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
  const absent = (reason: string) => {
    found = null;
    tried = [];
    problem = null;
    set("absent", reason, again(LOOK_AGAIN));
  };

  const look = async () => {
    if (looking) {
      wanted = true;
      return;
    }
    looking = true;
    try {
      await lookOnce(closing.signal);
    } catch (error) {
      if (!closing.signal.aborted) fail(`The gateway could not be looked for: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      looking = false;
      if (wanted) {
        wanted = false;
        again(0);
      }
    }
  };

  const lookOnce = async (signal: AbortSignal) => {
    const known = objects();
    const waitsFor = NEEDED.find((kind) => !known.read.has(kind));
    const hidden = waitsFor === undefined ? undefined : unread().find(({ kind }) => kind === waitsFor);
    // Lists that have not come yet say nothing; one that the server does not have is as good as empty.
    if (waitsFor !== undefined && hidden?.state !== "absent" && hidden?.state !== "forbidden") return void again(FIRST_RETRY);
    const here = hidden?.state === "forbidden" ? toBlindRoute(hidden, setting) : await findRoute(known, signal);
    route = here.route;
    if (here.route === null) return absent(here.missing);
    const readAuthority = await authority.read(here.route.credential, signal).catch((error: NodeJS.ErrnoException) => error);
    if (readAuthority instanceof Error) {
      trusted = null;
      return fail(`The gateway's certificate cannot be checked, because the file of its CA cannot be read: ${readAuthority.code ?? readAuthority.message}.`);
    }
    trusted = readAuthority;
    const isProven = problem === null || Date.now() - provenAt < PROVE_AGAIN;
    if (found !== null && isProven && isSame(found, here.route, readAuthority)) {
      const failed = await checkHandshake(toPinned(found.verdict), { serverName: here.route.host, ca: readAuthority.pem }, signal);
      if (signal.aborted) return;
      if (failed === null) return answered();
    }
    const { candidates, missing } = await findGatewayCandidates(connection, here.route, { setting: setting.address, inCluster }, signal);
    if (missing !== null) return absent(missing);
    const verdicts: GatewayVerdict[] = [];
    for (const candidate of candidates) {
      const verdict = await verifyGateway(candidate, { serverName: here.route.host, host: here.route.host, ca: readAuthority.pem }, signal);
      if (signal.aborted) return;
      verdicts.push(verdict);
      if (verdict.ok) break;
    }
    tried = verdicts.map(({ candidate, says }) => ({ address: `${candidate.address}:${candidate.port}`, from: candidate.from, says }));
    // One that answers, with an error too, is the gateway.
    const best = verdicts.find((verdict) => verdict.ok) ?? verdicts.find(({ httpCode }) => httpCode !== null);
    if (best?.ip != null) {
      const moved = found?.verdict.ip !== best.ip || found.verdict.candidate.port !== best.candidate.port;
      found = { verdict: { ...best, ip: best.ip }, authority: readAuthority, route: here.route };
      problem = best.ok ? null : best.failure;
      provenAt = Date.now();
      answered();
      if (moved) onChange();
      return;
    }
    // An address whose certificate was looked at is the gateway's; that others lead nowhere is beside the point then.
    const seen = verdicts.filter((verdict) => !verdict.ok && CERTIFICATE.has(verdict.failure));
    const told = seen.length > 0 ? seen : verdicts;
    const [worst] = told;
    problem = worst === undefined || worst.ok ? null : worst.failure;
    const more = told.length > NAMED ? `; and ${told.length - NAMED} more` : "";
    const says = `${told
      .slice(0, NAMED)
      .map((verdict) => verdict.says)
      .join("; ")}${more}`;
    fail(`The ingress gateway does not answer: ${says}. ${problem === null ? "" : toStep(problem, here.route, worst?.candidate.from ?? "setting")}`.trim());
  };

  const findRoute = async (known: ClusterObjects, signal: AbortSignal): Promise<FoundRoute> => {
    const api = known.gateways.some(({ servers }) => servers.some(({ protocol }) => protocol === "HTTPS"))
      ? { gateways: [], routes: [] }
      : await readGatewayApi(connection, signal).catch(toNothing);
    return findGatewayRoute(known, api, setting.host, namespaces);
  };

  const answered = () => {
    failures = 0;
    again(LOOK_AGAIN);
    set("ok", toCaution(), null);
  };
  /** What is to be said of a gateway that answers. */
  const toCaution = (): string | null => {
    if (found === null || (problem !== "no-route" && problem !== "no-upstream")) return null;
    const { candidate } = found.verdict;
    const words = toAnswerWords(problem, `${candidate.address}:${candidate.port}`, found.route.host);
    return `${words}. ${toStep(problem, found.route, candidate.from)}`;
  };

  return {
    get status() {
      return status;
    },
    /** Where calls go; null until a call succeeded. The address that was proven, not its name. */
    get target(): GatewayTarget | null {
      if (found === null) return null;
      const { verdict, authority: by, route: of } = found;
      const { port, open } = verdict.candidate;
      return { address: verdict.ip, port, serverName: of.host, host: of.host, ca: by.pem, ...(open === undefined ? {} : { open }) };
    },
    /** The pod that is forwarded to, when that is the way. */
    get forward() {
      if (found?.verdict.candidate.open === undefined) return null;
      const [namespace = "", pod = ""] = found.verdict.candidate.address.split("/");
      return { namespace, pod };
    },
    /** The workload behind the address. */
    get workload() {
      return route?.workload ?? null;
    },
    /** The Secret with the gateway's certificate. */
    get credential() {
      return route?.credential ?? null;
    },
    /** Who vouches for its certificate; null before the first look. */
    get authority() {
      return trusted;
    },
    get section(): GatewaySection {
      return {
        host: route?.host ?? setting.host,
        from: found?.verdict.candidate.from ?? null,
        authority: trusted === null ? null : { from: trusted.from, says: trusted.says },
        problem,
        tried,
      };
    },
    /** What a call of a run met: it is a proof as good as our own. */
    met(httpCode: number | null): void {
      if (found === null || httpCode === null) return;
      problem = toAnswerProblem(httpCode);
      provenAt = Date.now();
      if (status.state === "ok") set("ok", toCaution(), null);
    },
    /** Looks now, and proves it anew: the authority was changed. */
    lookAgain(): void {
      failures = 0;
      found = null;
      again(0);
    },
    /** The cluster changed: look again when what leads to the gateway did. */
    reconsider(): void {
      const { gateways, virtualServices, outsideServices, workloads } = objects();
      if (workloads === null) {
        // Without pods there is nothing to find; a look tells why when they may not be read.
        if (timer === undefined) again(FIRST_RETRY);
        return;
      }
      const now = JSON.stringify([
        gateways,
        virtualServices.filter(({ gateways: names }) => names.some((name) => name !== "mesh")),
        outsideServices.map(({ name, ports, loadBalancer, externalIPs }) => [name, ports, loadBalancer, externalIPs]),
        workloads.filter((each) => each.isGateway).map((each) => [each.name, each.pods]),
      ]);
      if (now === seen) return;
      seen = now;
      failures = 0;
      // A route that came or went is only seen by a whole call.
      if (problem !== null) found = null;
      again(0);
    },
    close(): void {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
export type GatewaySource = ReturnType<typeof createGatewaySource>;

/** What leads to a gateway may not be read: then the person has to name both its address and its host. */
function toBlindRoute({ kind, reason }: UnreadKind, { address, host }: Options["setting"]): FoundRoute {
  if (address !== null && host !== null) return { route: toGivenRoute(host), missing: null };
  const missing = `The gateway cannot be looked for: ${reason}. Ask for the right to list ${kind} objects, or start with --gateway HOST:PORT and --gateway-host NAME.`;
  return { route: null, missing };
}

function toStep(problem: GatewayProblem, { host, credential, wantsClientCertificate }: GatewayRoute, from: GatewayCandidate["from"]): string {
  return toNextStep(problem, { host, from, wantsClientCertificate, credential: credential === null ? null : `${credential.namespace}/${credential.name}` });
}

/** Whether what was proven still stands for what is wanted now. */
function isSame({ route, authority }: Found, now: GatewayRoute, by: TrustedAuthority): boolean {
  return route.host === now.host && authority.pem === by.pem && JSON.stringify(route.service) === JSON.stringify(now.service);
}

function toPinned({ ip, candidate }: GatewayVerdict & { ip: string }): GatewayCandidate {
  return { ...candidate, address: ip };
}

function toNothing(error: unknown): { gateways: []; routes: [] } {
  if (error instanceof KubernetesError) return { gateways: [], routes: [] };
  throw error;
}
