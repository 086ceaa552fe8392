import type { GraphConfig } from "./graph-config";

/**
 * Kiali keeps the last graph of a session and serves it until it is older than the refresh interval asked for (graph_cache, on by default
 * since 2.21); all anonymous callers are one session, so one with other options evicts the graph of another. Requests with a queryTime
 * must not come here.
 */
export interface GraphCache {
  /** @param key the request's options @param build makes a new graph when the kept one does not do */
  get(key: string, refreshIntervalMs: number, build: () => GraphConfig): GraphConfig;
}

export function createGraphCache(now: () => number): GraphCache {
  let kept: { key: string; at: number; graph: GraphConfig } | undefined;
  return {
    get(key, refreshIntervalMs, build) {
      if (kept?.key === key && now() - kept.at < refreshIntervalMs) return kept.graph;
      kept = undefined;
      const graph = build();
      if (refreshIntervalMs > 0) kept = { key, at: now(), graph };
      return graph;
    },
  };
}
