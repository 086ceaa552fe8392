import { readFile } from "node:fs/promises";
import path from "node:path";
import { Agent, type Dispatcher, request } from "undici";
import { parse } from "yaml";

/** The namespace of the lab's story. */
export const NAMESPACE = "istioinaction";
export type Mode = "STRICT" | "PERMISSIVE" | "DISABLE";

interface Content {
  type: "application/json" | "application/merge-patch+json" | "application/apply-patch+yaml";
  body: object;
}

interface PodList {
  items: { metadata: { name: string }; status: { podIP: string } }[];
}

/** A lab's Kubernetes API, asked with nothing but what its kubeconfig says. */
export interface KubernetesApi {
  /** @returns status and body, whatever they are */
  ask(method: Dispatcher.HttpMethod, target: string, content?: Content): Promise<{ status: number; body: unknown }>;
  /** @throws when the answer is not a good one */
  must(method: Dispatcher.HttpMethod, target: string, content?: Content): Promise<unknown>;
  /** @returns the pods of a deployment in the story's namespace, by their `app` label */
  listPods(app: string): Promise<{ name: string; ip: string }[]>;
  /** @returns lines of a sidecar's access log, oldest first */
  readProxyLog(app: string): Promise<string[]>;
  close(): Promise<void>;
}

/** @param lab the lab's folder */
export async function openKubernetesApi(lab: string): Promise<KubernetesApi> {
  const config = parse(await readFile(path.join(lab, "kubeconfig"), "utf8"));
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const agent = new Agent({ connect: { ca: Buffer.from(authority, "base64") } });
  const headers = { authorization: `Bearer ${config.users[0].user.token}`, accept: "application/json" };

  const ask: KubernetesApi["ask"] = async (method, target, content) => {
    const { statusCode, body } = await request(server + target, {
      method,
      dispatcher: agent,
      headers: content === undefined ? headers : { ...headers, "content-type": content.type },
      body: content === undefined ? null : JSON.stringify(content.body),
    });
    const text = await body.text();
    return { status: statusCode, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const must: KubernetesApi["must"] = async (method, target, content) => {
    const { status, body } = await ask(method, target, content);
    if (status >= 300) throw new Error(`${method} ${target} was answered with ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  const listPods = async (app: string) => {
    const { items } = (await must("GET", `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app%3D${app}`)) as PodList;
    return items.map((pod) => ({ name: pod.metadata.name, ip: pod.status.podIP }));
  };
  return {
    ask,
    must,
    listPods,
    async readProxyLog(app) {
      const [pod] = await listPods(app);
      const log = await must("GET", `/api/v1/namespaces/${NAMESPACE}/pods/${pod?.name}/log?container=istio-proxy&tailLines=500`);
      return String(log).trim().split("\n");
    },
    close: () => agent.close(),
  };
}

/** @returns the path of one PeerAuthentication, or of all of the namespace */
export function toPolicyPath(name?: string, namespace = NAMESPACE): string {
  return `/apis/security.istio.io/v1/namespaces/${namespace}/peerauthentications${name === undefined ? "" : `/${name}`}`;
}

export function toPolicy(mode: Mode, name = "default", namespace = NAMESPACE) {
  return { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication", metadata: { name, namespace }, spec: { mtls: { mode } } };
}
