import { Client } from "undici";
import type { SocketAddress } from "../network/connection-table";
import type { UpstreamTransport } from "./client-tls";
import type { UpstreamConnector } from "./upstream-connect";

/** One HTTP/1.1 connection to an endpoint, lent for one request at a time. */
export interface UpstreamConnection {
  readonly client: Client;
  /** The server's verified SPIFFE ID; undefined on plaintext. */
  readonly peer: string | undefined;
  /** `address:port` of this end. */
  readonly local: string;
}

export interface UpstreamPool {
  /** An idle connection of the cluster by the same transport, or a new one. @throws UpstreamConnectError */
  acquire(cluster: string, target: SocketAddress, transport: UpstreamTransport): Promise<UpstreamConnection>;
  /** Gives a connection back after a whole answer. */
  release(connection: UpstreamConnection): void;
  /** Ends a connection whose request was given up. */
  discard(connection: UpstreamConnection): void;
  /** Ends the cluster's idle connections now and the others after their request, as Envoy does when a cluster is replaced. */
  drop(cluster: string): void;
  close(): void;
}

/** How long an unused connection is kept, ms. Envoy keeps one for an hour; a shorter time lets a burst's connections go. */
const IDLE_TIMEOUT = 120_000;

export function createUpstreamPool({ connect }: UpstreamConnector): UpstreamPool {
  /** Idle connections by cluster, then by address and transport. A connection that finds another map under its cluster's name is of a dropped one. */
  const clusters = new Map<string, Map<string, UpstreamConnection[]>>();
  const homes = new WeakMap<UpstreamConnection, { cluster: string; idle: Map<string, UpstreamConnection[]>; key: string }>();
  const open = new Set<UpstreamConnection>();

  function idleOf(cluster: string): Map<string, UpstreamConnection[]> {
    const known = clusters.get(cluster);
    if (known) return known;
    const idle = new Map<string, UpstreamConnection[]>();
    clusters.set(cluster, idle);
    return idle;
  }

  async function connectNew(
    home: { cluster: string; idle: Map<string, UpstreamConnection[]>; key: string },
    target: SocketAddress,
    transport: UpstreamTransport,
  ) {
    const { socket, peer } = await connect(target, transport);
    let unused: typeof socket | undefined = socket;
    const client = new Client("http://upstream", {
      // Undici would connect again by itself; a pooled connection has one socket and then ends.
      // It expects the callback later, never within this call.
      connect: (_options, callback) => {
        const given = unused;
        unused = undefined;
        queueMicrotask(() => (given ? callback(null, given) : callback(new Error("this connection has ended"), null)));
      },
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_TIMEOUT,
      keepAliveMaxTimeout: IDLE_TIMEOUT,
    });
    const connection: UpstreamConnection = { client, peer, local: `${socket.localAddress}:${socket.localPort}` };
    homes.set(connection, home);
    open.add(connection);
    socket.once("close", () => {
      open.delete(connection);
      const rest = home.idle.get(home.key)?.filter((other) => other !== connection) ?? [];
      if (rest.length > 0) home.idle.set(home.key, rest);
      else home.idle.delete(home.key);
      end(connection);
    });
    return connection;
  }

  return {
    acquire: async (cluster, target, transport) => {
      const idle = idleOf(cluster);
      const key = `${target.host}:${target.port} ${transport.kind}`;
      return idle.get(key)?.pop() ?? connectNew({ cluster, idle, key }, target, transport);
    },
    release: (connection) => {
      const home = homes.get(connection);
      if (!home || !open.has(connection) || connection.client.destroyed) return;
      if (clusters.get(home.cluster) !== home.idle) {
        end(connection);
        return;
      }
      const list = home.idle.get(home.key);
      if (list) list.push(connection);
      else home.idle.set(home.key, [connection]);
    },
    discard: end,
    drop: (cluster) => {
      const idle = clusters.get(cluster);
      clusters.delete(cluster);
      for (const connection of [...(idle?.values() ?? [])].flat()) end(connection);
    },
    close: () => {
      for (const connection of open) end(connection);
    },
  };
}

function end({ client }: UpstreamConnection): void {
  // Destroying one that is destroyed already is no failure.
  client.destroy().catch(() => {});
}
