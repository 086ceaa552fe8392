import type { Socket } from "node:net";

/**
 * What becomes of connections that were open when an inbound listener changed (Envoy with `--drain-time-s 45 --drain-strategy immediate`, HTTP
 * connection manager's drain timeout 5 s and delayed close 1 s): they are served on by the old rules, each answer saying `Connection: close`; the first
 * such answer starts a clock of 6 s; what stays idle is cut between 38 and 45 s.
 */
export interface DrainTimes {
  /** ms from the first answer with `Connection: close` to the end of the connection. */
  afterAnswer: number;
  /** ms from the change to the end of idle connections, least and most. */
  idle: readonly [number, number];
}

export const ENVOY_DRAIN_TIMES: DrainTimes = { afterAnswer: 6_000, idle: [38_000, 45_000] };

export class Draining {
  readonly #times: DrainTimes;
  readonly #draining = new Map<Socket, NodeJS.Timeout>();
  readonly #closing = new WeakSet<Socket>();

  constructor(times: DrainTimes) {
    this.#times = times;
  }

  /** Marks connections as belonging to a listener that is gone. */
  start(sockets: Iterable<Socket>): void {
    const [least, most] = this.#times.idle;
    for (const socket of sockets) {
      if (this.#draining.has(socket)) continue;
      const timer = setTimeout(() => socket.destroy(), least + Math.random() * (most - least));
      timer.unref();
      this.#draining.set(socket, timer);
      socket.once("close", () => {
        clearTimeout(timer);
        this.#draining.delete(socket);
      });
    }
  }

  has(socket: Socket): boolean {
    return this.#draining.has(socket);
  }

  /**
   * Called before an answer with `Connection: close` is written. Node ends the connection once such an answer is out; Envoy waits for the peer to do it,
   * and serves further requests meanwhile.
   */
  answering(socket: Socket): void {
    if (this.#closing.has(socket)) return;
    this.#closing.add(socket);
    const end = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {};
    const timer = setTimeout(end, this.#times.afterAnswer);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }
}
