import type { Store } from "../objects";
import { listNamespaces } from "./cluster";
import { buildGraph } from "./graph";
import { createGraphCache } from "./graph-cache";
import { KialiRequestError, parseGraphOptions } from "./graph-options";
import { type Metrics, PrometheusUnreachableError } from "./metrics";
import { PrometheusBadQueryError } from "./namespace-traffic";
import { type Surroundings, toConfig, toNamespaceList, toServiceList, toStatusInfo, toWorkloadList } from "./server-answers";
import { getMeshTls, getNamespaceTls, listNamespaceTls, TlsStatusError } from "./tls";

export interface KialiHandlerOptions extends Surroundings {
  store: Store;
  metrics: Metrics;
  /** Path without a slash at its end; "" or "/" for the root. */
  webRoot: string;
  /** Milliseconds since 1970. */
  now: () => number;
}

type Route = (query: URLSearchParams, ...parts: string[]) => Response;

/**
 * Kiali's REST API as a function: `handle(request)` never throws. Answers and errors are those of Kiali's main branch of August 2026 with
 * anonymous login; what is not here is 404 in plain text, as every unknown path there.
 */
export function createKialiHandler({ store, metrics, webRoot, now, ...surroundings }: KialiHandlerOptions): (request: Request) => Response {
  const root = webRoot.replace(/\/+$/, "");
  const cache = createGraphCache(now);

  function getGraph(query: URLSearchParams): Response {
    const options = parseGraphOptions(query, listNamespaces(store), Math.floor(now() / 1000));
    const build = () => buildGraph(store, metrics, options);
    const key = JSON.stringify({
      ...options,
      queryTime: 0,
      namespaces: options.namespaces.map(({ name }) => name),
      boxBy: [...options.boxBy],
      appenders: [...options.appenders],
    });
    return toJson(200, options.queryTimeProvided ? build() : cache.get(key, options.refreshIntervalMs, build), 2);
  }

  const listed = (query: URLSearchParams) => splitNames(query) ?? listNamespaces(store).map(({ name }) => name);
  const gets: [RegExp, Route][] = [
    [/^\/healthz$/, () => new Response(null, { status: 200 })],
    [/^\/api(?:\/status)?$/, () => toJson(200, toStatusInfo(surroundings))],
    [/^\/api\/auth\/info$/, () => toJson(200, { strategy: "anonymous", sessionInfo: {} })],
    [/^\/api\/authenticate$/, () => new Response(null, { status: 200 })],
    [/^\/api\/logout$/, () => new Response(null, { status: 204 })],
    [/^\/api\/config$/, () => toJson(200, toConfig(store, surroundings))],
    [/^\/api\/namespaces$/, () => toJson(200, toNamespaceList(store))],
    [/^\/api\/namespaces\/graph$/, getGraph],
    [
      /^\/api\/mesh\/tls$/,
      (query) => {
        allow(query, "clusterName", "revision");
        return toJson(200, getMeshTls(store, query.get("clusterName") || undefined, query.get("revision") || undefined));
      },
    ],
    [
      /^\/api\/namespaces\/([^/]+)\/tls$/,
      (query, namespace = "") => {
        allow(query, "clusterName");
        return toJson(200, getNamespaceTls(store, namespace, query.get("clusterName") || undefined));
      },
    ],
    [
      /^\/api\/clusters\/tls$/,
      (query) => {
        allow(query, "clusterName", "namespaces");
        return toJson(200, listNamespaceTls(store, splitNames(query), query.get("clusterName") || undefined));
      },
    ],
    [
      /^\/api\/clusters\/workloads$/,
      (query) => {
        allow(query, "clusterName", "namespaces", "health", "istioResources", "rateInterval", "queryTime");
        return toJson(200, toWorkloadList(store, listed(query), query.get("health") !== "false"));
      },
    ],
    [
      /^\/api\/clusters\/services$/,
      (query) => {
        allow(query, "clusterName", "namespaces", "health", "istioResources", "onlyDefinitions", "rateInterval", "queryTime");
        return toJson(200, toServiceList(store, listed(query)));
      },
    ],
  ];

  function route(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (root !== "" && pathname === "/" && request.method === "GET") {
      return new Response(`<a href="${root}/">Found</a>.\n\n`, { status: 302, headers: { "Content-Type": "text/html; charset=utf-8", Location: `${root}/` } });
    }
    if (root !== "" && pathname !== root && !pathname.startsWith(`${root}/`)) return notFound();
    const path = pathname.slice(root.length);
    const isLogin = request.method === "POST" && path === "/api/authenticate";
    if (request.method === "GET" || isLogin) {
      if (path === "" || path === "/") return toConsole();
      for (const [pattern, answer] of gets) {
        const match = pattern.exec(path);
        if (match !== null) return answer(searchParams, ...match.slice(1).map((part) => decodeURIComponent(part)));
      }
    }
    return notFound();
  }

  return (request) => {
    let response: Response;
    try {
      response = route(request);
    } catch (error) {
      response = toErrorResponse(error);
    }
    for (const [name, value] of [
      ["Vary", "Accept-Encoding"],
      ["X-Content-Type-Options", "nosniff"],
      ["X-Frame-Options", "DENY"],
    ] as const) {
      response.headers.set(name, value);
    }
    return response;
  };
}

function toErrorResponse(error: unknown): Response {
  if (error instanceof KialiRequestError) return toJson(error.status, { error: error.message });
  if (error instanceof URIError) return new Response("400 Bad Request", { status: 400, headers: { "Content-Type": "text/plain; charset=utf-8" } });
  if (error instanceof TlsStatusError) return toJson(500, { error: error.message });
  if (error instanceof PrometheusUnreachableError || error instanceof PrometheusBadQueryError) return toJson(503, { error: error.message });
  return toJson(500, { error: error instanceof Error ? error.message : String(error), detail: "Stack trace available in Kiali logs:" });
}

function toJson(status: number, body: unknown, indent?: number): Response {
  return new Response(JSON.stringify(body, null, indent), { status, headers: { "Content-Type": "application/json" } });
}

const notFound = () => new Response("404 page not found\n", { status: 404, headers: { "Content-Type": "text/plain; charset=utf-8" } });

/** Where the real one has its console. */
const toConsole = () =>
  new Response("<!doctype html><title>Kiali of the lab</title><p>This is the lab's Kiali: its REST API, without the console.</p>\n", {
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });

/** Kiali after 2.31 refuses parameters it does not know, on these paths. @throws KialiRequestError */
function allow(query: URLSearchParams, ...names: string[]): void {
  for (const name of query.keys()) if (!names.includes(name)) throw new KialiRequestError(400, `unsupported query parameter '${name}'`);
}

function splitNames(query: URLSearchParams): string[] | undefined {
  const names = query.get("namespaces") ?? "";
  return names === "" ? undefined : names.split(",");
}
