import { expect, vi } from "vitest";
import type { PeerAuthentication } from "@/lib/mesh/objects";
import { connectKubernetes, type KubernetesConnection } from "../connect";
import type { Change } from "../object-set";
import { toPeerAuthentication } from "../policy-objects";
import { watchObjects, type WatchTiming } from "../watch";
import type { WatchState } from "../watch-state";
import { COLLECTION, FaultServer } from "./fault-server";

export const endings: (() => Promise<void>)[] = [];
/** Ends what the test started, newest first. */
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end();
}

export async function startServer(): Promise<FaultServer> {
  const server = new FaultServer();
  await server.start();
  server.writeKubeconfig();
  endings.push(() => server.close());
  return server;
}

export async function connect(server: FaultServer): Promise<KubernetesConnection> {
  const connection = await connectKubernetes({ kubeconfigPath: server.kubeconfigPath });
  endings.push(() => connection.close());
  return connection;
}

/** A watch of the server's policies, and everything it has told. */
export function follow(connection: KubernetesConnection, timing: Partial<WatchTiming> = {}) {
  const stop = new AbortController();
  const seen = {
    items: new Map<string, PeerAuthentication>() as ReadonlyMap<string, PeerAuthentication>,
    changes: [] as Change<PeerAuthentication>[],
    states: [] as WatchState[],
    times: [] as number[],
  };
  const done = watchObjects<PeerAuthentication>({
    connection,
    kind: "PeerAuthentication",
    path: COLLECTION,
    toDomain: toPeerAuthentication,
    onChange(items, changes) {
      seen.items = items;
      seen.changes.push(...changes);
      seen.times.push(performance.now());
    },
    onState: (state) => seen.states.push(state),
    signal: stop.signal,
    timing,
  });
  endings.push(() => {
    stop.abort();
    return done;
  });
  const modes = () => Object.fromEntries(Array.from(seen.items, ([key, { mode }]) => [key.split("/")[1], mode]));
  return {
    ...seen,
    get items() {
      return seen.items;
    },
    modes,
    state: () => seen.states.at(-1)?.state,
  };
}

export const until = (condition: () => boolean, timeout = 5000) => vi.waitFor(() => expect(condition()).toBe(true), { timeout, interval: 5 });

