import * as z from "zod/mini";
import { namespaceName, objectName, pageIdQuery, type View, viewQuery } from "@/lib/api/requests";
import { ApiError } from "./api-error";

/** @throws ApiError bad-request */
export function parseView(url: URL): View {
  const namespaces = [...new Set((url.searchParams.get("namespaces") ?? "").split(",").filter((name) => name !== ""))].sort();
  const parsed = z.safeParse(viewQuery, { namespaces, window: Number(url.searchParams.get("window") ?? Number.NaN) });
  if (!parsed.success) throw new ApiError("bad-request", "Ask with namespaces (names separated by commas) and window (30, 60, 300 or 900 seconds).");
  return parsed.data;
}

/** @throws ApiError bad-request */
export function parsePageId(url: URL): string {
  const parsed = z.safeParse(pageIdQuery, url.searchParams.get("page"));
  if (!parsed.success) throw new ApiError("bad-request", "Ask with page, an id of 8 to 64 letters, digits and dashes.");
  return parsed.data;
}

/** @throws ApiError bad-request */
export function parseNamespace(url: URL): string {
  const parsed = z.safeParse(namespaceName, url.searchParams.get("namespace"));
  if (!parsed.success) throw new ApiError("bad-request", "Ask with namespace, a name as Kubernetes allows it.");
  return parsed.data;
}

/** @throws ApiError bad-request */
export function parseWorkload(url: URL): { namespace: string; workload: string } {
  const parsed = z.safeParse(objectName, url.searchParams.get("workload"));
  if (!parsed.success) throw new ApiError("bad-request", "Ask with namespace and workload, names as Kubernetes allows them.");
  return { namespace: parseNamespace(url), workload: parsed.data };
}
