import type { KialiConnection } from "./connect";
import { KialiBadAnswer, KialiNotFound } from "./errors";
import { toSayable } from "./said";
import { isRecord } from "./wire";

/**
 * Kiali's status words (models/mtls_status.go) and what they say. They are about configuration, computed by Kiali's own rules, which leave
 * out workload and port policies and, before 2.23, inheritance; they say nothing of the wire. Effective modes are lib/mesh's business.
 */
const SAYINGS = {
  MTLS_ENABLED: "a policy asks for STRICT",
  MTLS_PARTIALLY_ENABLED: "mutual TLS is configured in part",
  MTLS_NOT_ENABLED: "no policy asks for mutual TLS; sidecars may still use it among themselves",
  MTLS_DISABLED: "a policy turns mutual TLS off",
  UNSET: "no policy of its own, and the mesh asks for nothing",
  UNSET_INHERITED_STRICT: "no policy of its own; the mesh asks for STRICT",
  UNSET_INHERITED_DISABLED: "no policy of its own; the mesh turns mutual TLS off",
  MTLS_VALIDATION_ERROR: "a policy has an error that Kiali's validation found",
} as const;

export type KialiTlsWord = keyof typeof SAYINGS;

export interface KialiTlsStatus {
  /** null when Kiali used a word that is not known here. */
  word: KialiTlsWord | null;
  /** One sentence; an unknown word is repeated in it. */
  says: string;
  autoMtls: boolean | null;
  /** `TLSV1_2`; null when it is not set or not told. */
  minTls: string | null;
}

export interface KialiNamespaceTlsStatus extends KialiTlsStatus {
  namespace: string;
  /** null from Kialis before 1.81. */
  cluster: string | null;
}

/**
 * The whole mesh (`GET api/mesh/tls`).
 * @param revision of istiod, where it is not `default`; older Kialis do not know it, so it is sent only when given
 * @throws the classes of errors.ts; the signal's reason
 */
export async function getMeshTlsStatus(connection: KialiConnection, options: { revision?: string; signal?: AbortSignal } = {}): Promise<KialiTlsStatus> {
  const query: Record<string, string> = options.revision === undefined ? {} : { revision: options.revision };
  const { body } = await connection.get("api/mesh/tls", query, { signal: options.signal });
  return parseStatus(body);
}

/**
 * One namespace (`GET api/namespaces/{namespace}/tls`).
 * @throws the classes of errors.ts; the signal's reason
 */
export async function getNamespaceTlsStatus(connection: KialiConnection, namespace: string, signal?: AbortSignal): Promise<KialiNamespaceTlsStatus> {
  const { body } = await connection.get(`api/namespaces/${encodeURIComponent(namespace)}/tls`, {}, { signal });
  return { ...parseStatus(body), namespace, cluster: isRecord(body) && typeof body.cluster === "string" ? body.cluster : null };
}

/**
 * Several namespaces: in one request (`GET api/clusters/tls`, since 1.81), one by one with an older Kiali. Namespaces that Kiali does not
 * show are missing from the answer.
 * @throws the classes of errors.ts; the signal's reason
 */
export async function listNamespaceTlsStatuses(
  connection: KialiConnection,
  namespaces: readonly string[],
  signal?: AbortSignal,
): Promise<KialiNamespaceTlsStatus[]> {
  let body: unknown;
  try {
    ({ body } = await connection.get("api/clusters/tls", { namespaces: namespaces.join(",") }, { signal }));
  } catch (error) {
    if (!(error instanceof KialiNotFound)) throw error;
    return Promise.all(namespaces.map((namespace) => getNamespaceTlsStatus(connection, namespace, signal)));
  }
  if (!Array.isArray(body)) throw new KialiBadAnswer("Kiali's list of TLS statuses is not a list");
  return body.flatMap((entry: unknown) => {
    if (!isRecord(entry) || typeof entry.namespace !== "string" || !namespaces.includes(entry.namespace)) return [];
    return [{ ...parseStatus(entry), namespace: entry.namespace, cluster: typeof entry.cluster === "string" ? entry.cluster : null }];
  });
}

function parseStatus(body: unknown): KialiTlsStatus {
  if (!isRecord(body) || typeof body.status !== "string") throw new KialiBadAnswer("Kiali's TLS status has no `status`");
  const word = isWord(body.status) ? body.status : null;
  const minTls = typeof body.minTLS === "string" && /^TLSV\d_\d$/.test(body.minTLS) ? body.minTLS : null;
  return {
    word,
    says: word === null ? `Kiali says ${toSayable(body.status) ?? "nothing readable"}, a word Padlock does not know` : SAYINGS[word],
    autoMtls: typeof body.autoMTLSEnabled === "boolean" ? body.autoMTLSEnabled : null,
    minTls,
  };
}

function isWord(text: string): text is KialiTlsWord {
  return Object.hasOwn(SAYINGS, text);
}
