import { KialiLoginNeeded, KialiUnauthorized } from "./errors";
import type { Exchange } from "./exchange";
import { isRecord, parseJson } from "./wire";

/** Sends one request below the web root, with the headers given and none added. */
export type Send = (
  request: { method: "GET" | "POST"; path: string; headers: Record<string, string>; body?: string },
  signal: AbortSignal | undefined,
) => Promise<Exchange>;

/**
 * Gives the token to log in with, at each login anew: files are written again, and tokens that were asked for run out. null = there is none.
 * It never ends up in a message.
 * @param refused the token that Kiali did not take; another one is given where there is one
 */
export type TokenSource = (refused?: string) => Promise<string | null>;

export interface KialiSession {
  /** What each request must carry. */
  headers(): Record<string, string>;
  /** Keeps what an answer set. */
  remember(answer: Exchange): void;
  /**
   * To be called when an answer may mean that the login is over. Asks `api/auth/info`, and logs in once more when it is. Callers at the
   * same time share one attempt, which therefore ends with its own timeout and with nobody's signal.
   * @param status of that answer
   * @returns whether the request is worth repeating
   * @throws KialiUnauthorized when Kiali no longer takes the token
   */
  renew(status: number): Promise<boolean>;
}

/** For strategy anonymous. */
export function createOpenSession(): KialiSession {
  return { headers: () => ({}), remember: () => undefined, renew: async () => false };
}

/**
 * Strategy header: a bearer token on every request.
 * @throws KialiLoginNeeded without a token
 */
export async function createHeaderSession(source: TokenSource, root: string): Promise<KialiSession> {
  let token = await take(source, `Kiali at ${root} wants a token with every request`, "header");
  return {
    headers: () => ({ authorization: `Bearer ${token}` }),
    remember: () => undefined,
    async renew(status) {
      const fresh = await source(status === 401 ? token : undefined);
      if (fresh === null || fresh === token) return false;
      token = fresh;
      return true;
    },
  };
}

/**
 * Strategy token: `POST api/authenticate` with the token as a form, then cookies. Their names differ by version and cluster, so whatever
 * is set is kept as it comes.
 * @throws KialiLoginNeeded without a token; KialiUnauthorized
 */
export async function createTokenSession(send: Send, source: TokenSource, root: string, signal: AbortSignal | undefined): Promise<KialiSession> {
  const jar = new Map<string, string>();
  let renewing: Promise<boolean> | null = null;

  const remember = (answer: Exchange) => {
    for (const line of answer.setCookies) {
      const [pair = "", ...attributes] = line.split(";");
      const cut = pair.indexOf("=");
      if (cut < 1) continue;
      const value = pair.slice(cut + 1).trim();
      const isDeletion = value === "" || attributes.some((attribute) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute));
      if (isDeletion) jar.delete(pair.slice(0, cut).trim());
      else jar.set(pair.slice(0, cut).trim(), value);
    }
  };
  const headers = (): Record<string, string> => (jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") });

  const authenticate = (token: string, signal?: AbortSignal) =>
    send(
      {
        method: "POST",
        path: "api/authenticate",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ token }).toString(),
      },
      signal,
    );

  async function login(signal?: AbortSignal): Promise<void> {
    const token = await take(source, `Kiali at ${root} wants a login with a token`, "token");
    jar.clear();
    let answer = await authenticate(token, signal);
    if (answer.status === 401) {
      // A token may end before its time: its service account was made anew, or the key that signed it was changed.
      const fresh = await source(token);
      if (fresh !== null && fresh !== token) answer = await authenticate(fresh, signal);
    }
    if (answer.status !== 200) throw new KialiUnauthorized(toRefusal(answer), "token");
    remember(answer);
    if (jar.size === 0) throw new KialiUnauthorized("Kiali accepted the token but set no cookie to stay logged in", "token");
  }

  async function renewOnce(): Promise<boolean> {
    const info = await send({ method: "GET", path: "api/auth/info", headers: headers() }, undefined);
    if (info.status === 200 && isLoggedIn(info.text)) return false;
    await login();
    return true;
  }

  await login(signal);
  return {
    headers,
    remember,
    renew() {
      renewing ??= renewOnce().finally(() => {
        renewing = null;
      });
      return renewing;
    },
  };
}

async function take(source: TokenSource, wish: string, strategy: string): Promise<string> {
  const token = await source();
  if (token === null || token === "") throw new KialiLoginNeeded(`${wish}; none was given`, strategy);
  return token;
}

/** The same status has two meanings: a token nobody knows, and one whose owner may see nothing (Kiali, token_auth_controller.go). */
function toRefusal({ status, text }: Exchange): string {
  const body = parseJson(text);
  const said = isRecord(body) && typeof body.error === "string" ? body.error : "";
  if (/not enough privileges/i.test(said)) return "Kiali knows the token, but its owner may not see a single namespace; give the token of an account that may";
  if (/expired|not valid/i.test(said)) return `Kiali does not accept the token it was given: it is not valid, or it has expired (HTTP ${status})`;
  return `Kiali does not accept the token it was given (HTTP ${status})`;
}

function isLoggedIn(text: string): boolean {
  const body = parseJson(text);
  return isRecord(body) && isRecord(body.sessionInfo) && typeof body.sessionInfo.expiresOn === "string";
}
