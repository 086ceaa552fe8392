import { readFile, stat } from "node:fs/promises";
import { KialiUnauthorized } from "@/lib/kiali/errors";
import type { TokenSource } from "@/lib/kiali/session";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { ForbiddenError, KubernetesError, NotFoundError } from "@/lib/kubernetes/errors";
import { findKialiServices, findPodBehind } from "@/lib/kubernetes/find-kiali";
import { mayRequestToken, requestToken, type ServiceAccountToken } from "@/lib/kubernetes/service-account-token";
import { hideSecret } from "./redact";

/** How long an asked-for token should be good, seconds, and how long before its end a new one is asked for, ms. */
const TOKEN_SECONDS = 3_600;
const TOKEN_MARGIN_MS = 60_000;
/** A token is a few KB; a file beyond this is another file. */
const MAX_FILE_BYTES = 64 * 1024;

export interface KialiTokenOptions {
  tokenFile: string | null;
  connection: KubernetesConnection;
  rootNamespace(): string;
  namespaces: readonly string[];
}

export interface KialiToken {
  /** What a person entered comes first, for they did it because nothing else helped; then the file; then a token asked of the API server. */
  readonly source: TokenSource;
  /** Kept in memory alone, until it is replaced or Padlock ends. */
  enter(token: string | null): void;
  readonly entered: string | null;
}

export function createKialiToken(options: KialiTokenOptions): KialiToken {
  let entered: string | null = null;
  let asked: ServiceAccountToken | null = null;

  async function ask(): Promise<string | null> {
    if (asked !== null && asked.expiresAt - TOKEN_MARGIN_MS > Date.now()) return asked.token;
    asked = await askForToken(options);
    return asked?.token ?? null;
  }

  return {
    async source(refused) {
      if (asked?.token === refused) asked = null;
      const token = entered ?? (await readTokenFile(options.tokenFile)) ?? (await ask());
      if (token !== null) hideSecret(token);
      return token;
    },
    enter(token) {
      entered = token;
      if (token !== null) hideSecret(token);
    },
    get entered() {
      return entered;
    },
  };
}

/** @returns null without a file @throws KialiUnauthorized when the file was named and holds no token */
async function readTokenFile(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const read = async () => {
    const { size } = await stat(file);
    return size > MAX_FILE_BYTES ? "" : (await readFile(file, "utf8")).trim();
  };
  const token = await read().catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new KialiUnauthorized(`The file with Kiali's token, ${file}, cannot be read (${code})`, "token");
  });
  if (token === "" || /\s/.test(token)) throw new KialiUnauthorized(`The file with Kiali's token, ${file}, holds no token`, "token");
  return token;
}

/** For the service account Kiali itself runs as, which may see what Kiali sees. @returns null when it may not be asked for */
async function askForToken({ connection, rootNamespace, namespaces }: KialiTokenOptions): Promise<ServiceAccountToken | null> {
  try {
    const [service] = await findKialiServices(connection, { rootNamespace: rootNamespace(), places: namespaces });
    const namespace = service?.namespace ?? rootNamespace();
    const pod = service === undefined ? null : await findPodBehind(connection, service).catch(() => null);
    // The addon sample and the Helm chart call it so.
    const name = pod?.serviceAccount ?? "kiali";
    if (!(await mayRequestToken(connection, { namespace, name }))) return null;
    return await requestToken(connection, { namespace, name, seconds: TOKEN_SECONDS });
  } catch (error) {
    if (error instanceof ForbiddenError || error instanceof NotFoundError || error instanceof KubernetesError) return null;
    throw error;
  }
}
