import type { DataPlane } from "../data-plane";
import { createHandler } from "./handler";
import { isJsonObject, type JsonObject } from "./json";
import type { LabStore } from "./store";
import { ADMIN_TOKEN, createTestDataPlane, createTestStore, TOKENS } from "./test-cluster";

export interface Answer {
  status: number;
  warning: string | null;
  body: JsonObject;
}

export interface TestClient {
  store: LabStore;
  /** @param body an object is sent as JSON */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  handle(request: Request): Promise<Response>;
}

export const POLICIES = "/apis/security.istio.io/v1/namespaces/istioinaction/peerauthentications";

/** A client of the API without sockets, as admin. */
export function createTestClient({
  store = createTestStore(),
  dataPlane = createTestDataPlane(),
}: {
  store?: LabStore;
  dataPlane?: DataPlane;
} = {}): TestClient {
  const handle = createHandler({ store, dataPlane, tokens: TOKENS, version: { major: "1", minor: "35", gitVersion: "v1.35.4" } });
  return {
    store,
    handle,
    async send(method, path, body, headers = {}) {
      const init = { method, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json", ...headers } };
      const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
      const response = await handle(new Request(`https://lab${path}`, { ...init, ...(text === undefined ? {} : { body: text }) }));
      const answer = await response.text();
      const parsed: unknown = response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(answer) : { text: answer };
      return { status: response.status, warning: response.headers.get("warning"), body: isJsonObject(parsed) ? parsed : {} };
    },
  };
}

export function toPolicy(spec: unknown, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istioinaction", ...metadata },
    ...(spec === undefined ? {} : { spec }),
  };
}

export const strict = { mtls: { mode: "STRICT" } };
export const permissive = { mtls: { mode: "PERMISSIVE" } };
