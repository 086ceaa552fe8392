import { readFile } from "node:fs/promises";
import { request } from "undici";
import { z } from "zod";

/** `config` of a kubeconfig's auth-provider "oidc" (Kubernetes documentation, "OpenID Connect Tokens"). */
export type OidcConfig = Record<string, string>;

/** Tokens got since the file was read; the file itself is kubectl's and stays as it is. */
export interface OidcMemory {
  /** Refresh token of the file these came from: another one there means somebody has signed in again. */
  from: string;
  idToken: string;
  refreshToken: string;
}

/** In words: why there is no valid token of the identity provider. */
export class OidcError extends Error {
  override readonly name = "OidcError";
}

const TIMEOUT_MS = 10_000;
/** A token that ends within this time is not sent any more, ms. */
const MARGIN_MS = 10_000;

const discoveryShape = z.object({ issuer: z.string(), token_endpoint: z.string() });
const grantShape = z.object({ id_token: z.string(), refresh_token: z.string().optional() });

/**
 * The ID token while it is valid, else a new one for the refresh token (OpenID Connect Core, 12).
 * @returns the token, until when it is valid (epoch ms) and what to remember
 * @throws OidcError
 */
export async function readIdToken(
  config: OidcConfig,
  memory: OidcMemory | null,
  connect: (ca: string | null, address: URL) => import("undici").Dispatcher,
): Promise<{ token: string; validUntil: number; memory: OidcMemory | null }> {
  const fileRefresh = config["refresh-token"] ?? "";
  const known = memory?.from === fileRefresh ? memory : null;
  const idToken = known?.idToken ?? config["id-token"] ?? "";
  const ends = readExpiry(idToken);
  if (ends !== null && ends - MARGIN_MS > Date.now()) return { token: idToken, validUntil: ends - MARGIN_MS, memory: known };
  const refreshToken = known?.refreshToken ?? fileRefresh;
  const issuer = config["idp-issuer-url"] ?? "";
  const clientId = config["client-id"] ?? "";
  if (refreshToken === "" || issuer === "" || clientId === "") {
    throw new OidcError("the sign-in has expired and there is no refresh token; sign in again with the tool that wrote the kubeconfig");
  }
  const ca = await readAuthority(config);
  const granted = await refresh({ issuer, clientId, secret: config["client-secret"] ?? "", refreshToken }, (address) => connect(ca, address));
  const until = readExpiry(granted.id_token);
  if (until === null) throw new OidcError(`the identity provider ${issuer} sent a token without an end`);
  return {
    token: granted.id_token,
    validUntil: until - MARGIN_MS,
    memory: { from: fileRefresh, idToken: granted.id_token, refreshToken: granted.refresh_token ?? refreshToken },
  };
}

async function readAuthority(config: OidcConfig): Promise<string | null> {
  const data = config["idp-certificate-authority-data"];
  if (data) return Buffer.from(data, "base64").toString("utf8");
  const file = config["idp-certificate-authority"];
  if (!file) return null;
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new OidcError(`the file of the identity provider's CA, ${file}, cannot be read`, { cause });
  });
}

interface Grant {
  issuer: string;
  clientId: string;
  secret: string;
  refreshToken: string;
}

async function refresh({ issuer, clientId, secret, refreshToken }: Grant, connect: (address: URL) => import("undici").Dispatcher) {
  if (!issuer.startsWith("https://")) throw new OidcError(`the identity provider's address ${issuer} is not https`);
  const discovered = discoveryShape.safeParse(await exchange(issuer, `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`, null, connect));
  if (!discovered.success) throw new OidcError(`${issuer} does not describe itself as an identity provider`);
  const { issuer: named, token_endpoint: endpoint } = discovered.data;
  if (named.replace(/\/+$/, "") !== issuer.replace(/\/+$/, "")) throw new OidcError(`${issuer} describes itself as another identity provider`);
  if (!endpoint.startsWith("https://")) throw new OidcError(`the identity provider ${issuer} wants the refresh token sent without TLS`);
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: clientId,
    ...(secret === "" ? {} : { client_secret: secret }),
  });
  const granted = grantShape.safeParse(await exchange(issuer, endpoint, form.toString(), connect));
  if (!granted.success) throw new OidcError(`the identity provider ${issuer} sent no ID token; ask for the scope openid when signing in`);
  return granted.data;
}

async function exchange(issuer: string, url: string, form: string | null, connect: (address: URL) => import("undici").Dispatcher): Promise<unknown> {
  const dispatcher = connect(new URL(url));
  try {
    const answer = await request(url, {
      dispatcher,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: "application/json" },
      ...(form === null ? {} : { method: "POST", body: form, headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" } }),
    });
    const text = await answer.body.text();
    // The body of a refusal is not repeated: it is the provider's, and may echo what was sent.
    if (answer.statusCode === 400 || answer.statusCode === 401) {
      throw new OidcError(`the identity provider ${issuer} does not renew the sign-in any more; sign in again with the tool that wrote the kubeconfig`);
    }
    if (answer.statusCode !== 200) throw new OidcError(`the identity provider ${issuer} answered ${answer.statusCode}`);
    return JSON.parse(text.slice(0, 1024 * 1024));
  } catch (error) {
    if (error instanceof OidcError) throw error;
    if (error instanceof SyntaxError) throw new OidcError(`the identity provider ${issuer} answered something that is not JSON`);
    throw new OidcError(`the identity provider ${issuer} does not answer (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}

const claims = z.object({ exp: z.number(), sub: z.string().optional() });

/** `exp` of a JSON web token, epoch ms. Only read, not trusted: the API server checks the token. */
function readExpiry(token: string): number | null {
  const found = claims.safeParse(readClaims(token));
  return found.success ? found.data.exp * 1000 : null;
}

/** @returns the payload of a JSON web token, unchecked; null when it is none */
export function readClaims(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
