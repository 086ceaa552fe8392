import type { Socket } from "node:net";

export interface SocketAddress {
  host: string;
  port: number;
}

/** What the dialling side knows of a connection and the accepting side cannot see on the socket. */
export interface Flow {
  /** The caller's address in the lab's network. */
  source: SocketAddress;
  /** Where the caller meant to go, as SO_ORIGINAL_DST tells a sidecar. */
  destination: SocketAddress;
}

/**
 * The lab's conntrack: both ends of a connection inside the lab are in this process, so the accepting end finds by address pair what the kernel
 * would tell Envoy. The accept event may come before the connect event; `wait` bridges that.
 */
export class ConnectionTable {
  readonly #flows = new Map<string, Flow>();
  readonly #waiting = new Map<string, (flow: Flow) => void>();

  /** Called by the dialling end once it is connected. The entry goes when the connection is closed. */
  record(client: Socket, flow: Flow): void {
    const key = pair(client.localAddress, client.localPort, client.remoteAddress, client.remotePort);
    this.#flows.set(key, flow);
    this.#waiting.get(key)?.(flow);
    // A server writes its log line after the caller may have gone; the entry outlives the socket a little.
    client.once("close", () => setTimeout(() => this.#flows.get(key) === flow && this.#flows.delete(key), 2_000).unref());
  }

  /** What is known about an accepted connection; undefined for one that came from outside the lab's own dialling. */
  find(accepted: Socket): Flow | undefined {
    return this.#flows.get(acceptedPair(accepted));
  }

  /** @returns undefined when the connection ended before its dialling side was heard of */
  wait(accepted: Socket): Promise<Flow | undefined> {
    const key = acceptedPair(accepted);
    const known = this.#flows.get(key);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => {
      const finish = (flow: Flow | undefined) => {
        this.#waiting.delete(key);
        accepted.off("close", gone);
        resolve(flow);
      };
      const gone = () => finish(undefined);
      this.#waiting.set(key, finish);
      accepted.once("close", gone);
    });
  }
}

function acceptedPair(socket: Socket): string {
  return pair(socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort);
}

function pair(fromHost?: string, fromPort?: number, toHost?: string, toPort?: number): string {
  return `${fromHost}:${fromPort}>${toHost}:${toPort}`;
}
