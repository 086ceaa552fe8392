import { connect, type Server, type Socket } from "node:net";
import { ConnectionTable, type Flow, type SocketAddress } from "./connection-table";
import { claimLoopbackNetwork } from "./loopback-claim";

/** A listener of the lab: where it is known to be, and where it really is. */
export interface Listening {
  readonly wished: SocketAddress;
  readonly real: SocketAddress;
  /** True when the wished address could not be had. */
  readonly moved: boolean;
  /** Stops listening and ends what is still connected. */
  close(): Promise<void>;
}

export interface DialOptions {
  /** The caller's own address; the server's log shows it. */
  source: string;
  /** Where the program meant to go when its traffic is led elsewhere (to its sidecar); the target itself otherwise. */
  destination?: SocketAddress;
  signal?: AbortSignal;
}

/** Nothing of the lab listens there; worded and coded as the system would. */
export class ConnectionRefusedError extends Error {
  override readonly name = "ConnectionRefusedError";
  readonly code = "ECONNREFUSED";
  constructor(target: SocketAddress) {
    super(`connect ECONNREFUSED ${target.host}:${target.port}`);
  }
}

/** All 240 pod addresses are in use. */
export class NoPodAddressError extends Error {
  override readonly name = "NoPodAddressError";
}

export interface LabNetwork {
  /** First three numbers of the lab's addresses. */
  readonly prefix: string;
  /** False where the machine has no loopback address but 127.0.0.1: every listener then sits on a free port of that one. */
  readonly hasOwnAddresses: boolean;
  /** A fixed address of the lab, `.1` to `.9`, for what is not a pod. */
  fixedAddress(last: number): string;
  allocate(): string;
  release(address: string): void;
  has(address: string): boolean;
  /**
   * Binds a server to the wished address, or to a free port of it (no right for the port, port held by another program), or to a free port of 127.0.0.1
   * (no such address). `dial` follows. @throws the bind error when none of these can be had
   */
  listen(server: Server, wished: SocketAddress): Promise<Listening>;
  /** Opens a real connection. @throws ConnectionRefusedError, or the socket's own error */
  dial(target: SocketAddress, options: DialOptions): Promise<Socket>;
  /** Leads what the lab dials at any other port of a pod's address to this listener, as a sidecar's iptables rules do; `flowOf` tells the port. */
  capture(address: string, listening: Listening): void;
  /** What the dialling end of an accepted connection said; waits for it. For listeners that only the lab itself dials. */
  flowOf(accepted: Socket): Promise<Flow | undefined>;
  /** The caller of an accepted connection as an address of the lab's network. */
  callerOf(accepted: Socket): SocketAddress;
  close(): Promise<void>;
}

const FALL_BACK = new Set(["EACCES", "EADDRINUSE", "EPERM"]);

/**
 * @param options.seed decides which network is tried first, see claimLoopbackNetwork
 * @param options.singleAddress behave as on a machine that has 127.0.0.1 alone
 * @throws NoLoopbackNetworkError
 */
export async function createLabNetwork(options: { seed: string; singleAddress?: boolean }): Promise<LabNetwork> {
  const claim = options.singleAddress ? undefined : await claimLoopbackNetwork(options.seed);
  const prefix = claim?.prefix ?? "127.88.0";
  const table = new ConnectionTable();
  const listeners = new Map<string, Listening>();
  const captured = new Map<string, Listening>();
  const taken = new Set<string>();
  let next = 10;

  function allocate(): string {
    for (let tries = 0; tries < 240; tries++) {
      const address = `${prefix}.${next}`;
      next = next === 249 ? 10 : next + 1;
      if (!taken.has(address)) {
        taken.add(address);
        return address;
      }
    }
    throw new NoPodAddressError(`all pod addresses of ${prefix}.0/24 are in use`);
  }

  async function listen(server: Server, wished: SocketAddress): Promise<Listening> {
    const real = await bindSomewhere(server, wished, claim !== undefined);
    const connections = trackConnections(server);
    const moved = real.host !== wished.host || (wished.port !== 0 && real.port !== wished.port);
    const known = wished.port === 0 ? real : wished;
    const listening: Listening = {
      wished: known,
      real,
      moved,
      close: () =>
        new Promise((done) => {
          if (listeners.get(name(known)) === listening) listeners.delete(name(known));
          if (captured.get(known.host) === listening) captured.delete(known.host);
          server.close(() => done());
          for (const socket of connections) socket.destroy();
        }),
    };
    listeners.set(name(known), listening);
    return listening;
  }

  function dial(target: SocketAddress, { source, destination, signal }: DialOptions): Promise<Socket> {
    const listener = listeners.get(name(target));
    const capturing = listener ? undefined : captured.get(target.host);
    const real = (listener ?? capturing)?.real ?? target;
    // Nothing outside the lab is ever dialled, and without addresses of our own neither is a port of 127.0.0.1 that some other program has.
    if (real === target && (!claim || !target.host.startsWith(`${prefix}.`))) return Promise.reject(new ConnectionRefusedError(target));
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const socket = connect({ host: real.host, port: real.port, noDelay: true, ...(claim && { localAddress: source }) });
      const abort = () => socket.destroy(signal?.reason instanceof Error ? signal.reason : undefined);
      signal?.addEventListener("abort", abort, { once: true });
      // Stays for the socket's life: every error is followed by `close`, which is what the users of a connection watch.
      socket.on("error", reject);
      const closed = () => reject(signal?.reason ?? new ConnectionRefusedError(target));
      socket.once("close", closed);
      socket.once("connect", () => {
        socket.off("close", closed);
        signal?.removeEventListener("abort", abort);
        const flow: Flow = { source: { host: source, port: socket.localPort ?? 0 }, destination: destination ?? target };
        if (destination || capturing || !claim) table.record(socket, flow);
        resolve(socket);
      });
    });
  }

  function callerOf(accepted: Socket): SocketAddress {
    return table.find(accepted)?.source ?? { host: accepted.remoteAddress ?? "unknown", port: accepted.remotePort ?? 0 };
  }

  return {
    prefix,
    hasOwnAddresses: claim !== undefined,
    fixedAddress: (last) => `${prefix}.${last}`,
    allocate,
    release: (address) => taken.delete(address),
    has: (address) => address.startsWith(`${prefix}.`),
    listen,
    dial,
    capture: (address, listening) => captured.set(address, listening),
    flowOf: (accepted) => table.wait(accepted),
    callerOf,
    close: async () => {
      await Promise.all([...listeners.values()].map((listening) => listening.close()));
      await claim?.release();
    },
  };
}

async function bindSomewhere(server: Server, wished: SocketAddress, hasOwnAddresses: boolean): Promise<SocketAddress> {
  if (hasOwnAddresses) {
    try {
      return await bind(server, wished);
    } catch (error) {
      if (isErrno(error) && FALL_BACK.has(error.code ?? "")) return await bind(server, { host: wished.host, port: 0 });
      if (!isErrno(error) || error.code !== "EADDRNOTAVAIL") throw error;
    }
  }
  return await bind(server, { host: "127.0.0.1", port: 0 });
}

function bind(server: Server, at: SocketAddress): Promise<SocketAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // A queue that overflows resets callers, and on this network a reset has a meaning.
    server.listen({ host: at.host, port: at.port, exclusive: true, backlog: 4_096 }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve({ host: at.host, port: address && typeof address === "object" ? address.port : at.port });
    });
  });
}

function trackConnections(server: Server): Set<Socket> {
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  return connections;
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}

function name(address: SocketAddress): string {
  return `${address.host}:${address.port}`;
}
