import type { KialiConnection } from "./connect";
import { KialiBadAnswer } from "./errors";
import { isRecord } from "./wire";

/**
 * The namespaces Kiali shows us (`GET api/namespaces`), each once: with several clusters the same name comes several times.
 * @throws the classes of errors.ts; the signal's reason
 */
export async function listNamespaces(connection: KialiConnection, signal?: AbortSignal): Promise<string[]> {
  const { body } = await connection.get("api/namespaces", {}, { signal });
  if (!Array.isArray(body)) throw new KialiBadAnswer("Kiali's list of namespaces is not a list");
  const names = body.map((entry: unknown) => (isRecord(entry) ? entry.name : null)).filter((name) => typeof name === "string");
  return [...new Set(names)];
}
