import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { Agent, fetch as undiciFetch } from "undici";
import { KialiAddressInvalid, KialiBadAnswer, KialiLoginNeeded, KialiUnauthorized, KialiUnreachable } from "./errors";
import { type Exchange, exchange, type KialiFetch } from "./exchange";
import { createHeaderSession, createOpenSession, createTokenSession, type KialiSession, type TokenSource } from "./session";
import { toKialiError } from "./to-kiali-error";
import { isRecord, parseJson } from "./wire";

const CONNECT_TIMEOUT_MS = 2_000;
const TIMEOUT_MS = 15_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** Longer than the shortest pause between two polls, so that a poll finds its connection open. */
const KEEP_ALIVE_MS = 20_000;
/** A `Date` header has whole seconds; below this a difference is rounding and travel time. */
const SKEW_FLOOR_MS = 2_000;

export interface ConnectKialiOptions {
  /** Where Kiali is; its web root (`/kiali`) may be left out. */
  url: string;
  /** Gives a Kubernetes bearer token, for the strategies token and header. */
  token?: TokenSource | undefined;
  /** PEM of the authority that signed Kiali's certificate, for https. */
  ca?: string | undefined;
  /** Stands in for a direct connection, e.g. one that goes through the API server; `ca` and `dial` are not used then. */
  fetch?: KialiFetch | undefined;
  /** Opens a stream to Kiali's port where no socket can, e.g. through a port-forward. */
  dial?: (() => Promise<Duplex>) | undefined;
  /** false when an `Authorization` header does not reach Kiali this way. */
  carriesBearer?: boolean | undefined;
  /** Ends the attempt. */
  signal?: AbortSignal;
}

export interface KialiConnection {
  /** With the web root, without a slash at the end. */
  readonly url: string;
  /** As `api/status` tells it; null when it does not say (a local build says `unknown`). */
  readonly version: string | null;
  /** `anonymous`, `token` or `header`. */
  readonly strategy: string;
  /** By how much Kiali's clock is ahead of ours, ms, from its last answer; 0 when that is within what the header can tell. */
  clockSkewMs(): number;
  /**
   * One GET below the web root. Unknown parameters are errors to newer Kialis: send documented ones only.
   * @param path without a slash at the start: `api/namespaces/graph`
   * @returns the parsed JSON body of a 200, and the epoch ms at which it arrived
   * @throws every class of errors.ts but KialiAddressInvalid and KialiLoginNeeded; the signal's reason
   */
  get(path: string, query: Record<string, string>, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<{ body: unknown; receivedAt: number }>;
  /** Lets what is under way come to its end, then closes the sockets. */
  close(): Promise<void>;
}

/**
 * Finds Kiali's web root (a redirect at `/`), its login strategy and its version, and logs in if need be.
 * @throws KialiAddressInvalid, KialiUnreachable, KialiBadAnswer, KialiLoginNeeded, KialiUnauthorized; the signal's reason
 */
export async function connectKiali(options: ConnectKialiOptions): Promise<KialiConnection> {
  const address = parseAddress(options.url);
  const agent = options.fetch === undefined ? createAgent(options) : null;
  const fetch: KialiFetch = options.fetch ?? ((url, init) => undiciFetch(url, { ...init, dispatcher: agent ?? undefined }));
  const close = async () => agent?.close();
  try {
    return await discover(fetch, address, options, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function createAgent({ ca, dial }: ConnectKialiOptions): Agent {
  const pool = { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveMaxTimeout: KEEP_ALIVE_MS, connections: 4 };
  if (dial === undefined) return new Agent({ ...pool, connect: { timeout: CONNECT_TIMEOUT_MS, ca } });
  return new Agent({
    ...pool,
    connect({ protocol, hostname, servername }, callback) {
      dial().then(
        (stream) => {
          // undici asks for a net.Socket and uses what every Duplex has.
          if (protocol !== "https:") return callback(null, stream as Socket);
          const secure = connectTls({ socket: stream, ca, servername: servername ?? hostname, ALPNProtocols: ["http/1.1"] });
          secure.once("secureConnect", () => callback(null, secure)).once("error", (error) => callback(error, null));
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

function parseAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) throw new KialiAddressInvalid("Kiali's address is not an http or https URL");
  if (url.username !== "" || url.password !== "") throw new KialiAddressInvalid("Kiali's address holds a user name or password; give a token instead");
  return url;
}

async function discover(fetch: KialiFetch, address: URL, options: ConnectKialiOptions, close: () => Promise<void>): Promise<KialiConnection> {
  const { signal } = options;
  const root = await findRoot(fetch, address, signal);
  let skewMs = 0;
  const send = async (
    request: { method: "GET" | "POST"; path: string; headers: Record<string, string>; body?: string },
    asked: AbortSignal | undefined,
    timeoutMs = TIMEOUT_MS,
  ): Promise<Exchange> => {
    const { path, ...init } = request;
    const answer = await exchange(
      fetch,
      { url: `${root}/${path}`, ...init, headers: { accept: "application/json", ...init.headers } },
      { timeoutMs, maxBytes: MAX_BYTES, signal: asked },
      root,
    );
    if (answer.serverDate !== null) skewMs = answer.serverDate + 500 - (answer.sentAt + answer.receivedAt) / 2;
    return answer;
  };

  const strategy = await getStrategy(send, root, signal);
  const session = await createSession(strategy, options, send, root);

  const get: KialiConnection["get"] = async (path, query, asked = {}) => {
    const search = new URLSearchParams(query).toString();
    const request = () => send({ method: "GET", path: search === "" ? path : `${path}?${search}`, headers: session.headers() }, asked.signal, asked.timeoutMs);
    let answer = await request();
    session.remember(answer);
    if (mayBeLoggedOut(answer) && (await session.renew(answer.status))) answer = await request();
    if (answer.status === 401 && strategy !== "anonymous")
      throw new KialiUnauthorized(`Kiali at ${root} no longer accepts the login it was given: the token may have expired or been withdrawn`, strategy);
    return { body: toBody(answer, root), receivedAt: answer.receivedAt };
  };

  return {
    url: root,
    version: await getVersion(get, signal),
    strategy,
    clockSkewMs: () => (Math.abs(skewMs) < SKEW_FLOOR_MS ? 0 : Math.round(skewMs)),
    get,
    close,
  };
}

/** A stale login is a 401, or between 1.87 and today a 500 in plain text. */
function mayBeLoggedOut(answer: Exchange): boolean {
  return answer.status === 401 || (answer.status === 500 && answer.contentType.startsWith("text/plain"));
}

/** @throws what toKialiError gives for anything but a 200 with JSON */
function toBody(answer: Exchange, root: string): unknown {
  if (answer.status !== 200) throw toKialiError(answer, root);
  const body = parseJson(answer.text);
  if (body !== undefined) return body;
  const isPage = answer.contentType.includes("html") || /^\s*</.test(answer.text);
  throw new KialiBadAnswer(
    isPage
      ? `${root} answers with a web page, not as Kiali's API: a login page or a proxy in between?`
      : `Kiali at ${root} sent JSON that is cut off or broken`,
  );
}

/**
 * Kiali answers `/` with a redirect to its web root when it has one. A path given by the person is tried as it is first.
 * @returns origin and web root, without a slash at the end
 */
async function findRoot(fetch: KialiFetch, address: URL, signal: AbortSignal | undefined): Promise<string> {
  const given = `${address.origin}${address.pathname.replace(/\/+$/, "")}`;
  const probe = async (url: string) => {
    const answer = await exchange(fetch, { url, method: "GET", headers: {} }, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal }, given);
    // Who cannot answer now is not asked a second question: a try during an outage is one request.
    if (answer.status >= 500 || answer.status === 429) throw toKialiError(answer, given);
    return answer;
  };
  if (given !== address.origin && (await probe(`${given}/api/auth/info`)).status !== 404) return given;
  const { status, location } = await probe(`${address.origin}/`);
  if (status < 300 || status > 399 || location === null) return address.origin;
  const target = URL.canParse(location, address.origin) ? new URL(location, address.origin) : null;
  // Elsewhere is no web root but somebody's login page.
  if (target === null || target.origin !== address.origin)
    throw new KialiBadAnswer(`${address.origin} redirects to another server: a login in front of Kiali?`);
  return `${target.origin}${target.pathname.replace(/\/+$/, "")}`;
}

type Sender = (request: { method: "GET"; path: string; headers: Record<string, string> }, signal: AbortSignal | undefined) => Promise<Exchange>;

async function getStrategy(send: Sender, root: string, signal: AbortSignal | undefined): Promise<string> {
  const answer = await send({ method: "GET", path: "api/auth/info", headers: {} }, signal);
  if (answer.status === 404) throw new KialiBadAnswer(`What answers at ${root} is not Kiali: it has no api/auth/info`);
  const body = toBody(answer, root);
  if (!isRecord(body) || typeof body.strategy !== "string")
    throw new KialiBadAnswer(`What answers at ${root} is not Kiali: api/auth/info names no login strategy`);
  return body.strategy;
}

async function createSession(
  strategy: string,
  { token = async () => null, carriesBearer = true, signal }: ConnectKialiOptions,
  send: Parameters<typeof createTokenSession>[0],
  root: string,
): Promise<KialiSession> {
  switch (strategy) {
    case "anonymous":
      return createOpenSession();
    case "token":
      return createTokenSession(send, token, root, signal);
    case "header":
      if (!carriesBearer)
        throw new KialiUnreachable(`Kiali at ${root} wants a token in the Authorization header, which does not get through this way`, "NO_BEARER");
      return createHeaderSession(token, root);
    case "openid":
      throw new KialiLoginNeeded(
        `Kiali at ${root} logs people in by OpenID in a browser, which a program cannot. Policies and calls go on without it; for the observed traffic give Padlock a Kiali with strategy anonymous or token`,
        strategy,
      );
    case "openshift":
      throw new KialiLoginNeeded(
        `Kiali at ${root} logs people in by OpenShift in a browser, which a program cannot. Policies and calls go on without it; for the observed traffic give Padlock a Kiali with strategy anonymous or token`,
        strategy,
      );
    default:
      throw new KialiLoginNeeded(`Kiali at ${root} has a login strategy Padlock does not know`, strategy);
  }
}

async function getVersion(get: KialiConnection["get"], signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const { body } = await get("api/status", {}, { signal });
    const version = isRecord(body) && isRecord(body.status) ? body.status["Kiali version"] : null;
    return typeof version === "string" && version !== "unknown" && /^v?[\w.+-]{1,40}$/.test(version) ? version : null;
  } catch (error) {
    // The version is for people to read; its absence stops nothing. A login that fails does.
    if (error instanceof KialiUnauthorized || error instanceof KialiUnreachable) throw error;
    if (error instanceof Error && error.name.startsWith("Kiali")) return null;
    throw error;
  }
}
