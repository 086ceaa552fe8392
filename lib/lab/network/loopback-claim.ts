import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";

/** A 127.x.y/24 that belongs to one running lab. */
export interface LoopbackClaim {
  /** The first three numbers, `127.23.40`. */
  readonly prefix: string;
  release(): Promise<void>;
}

/** Every candidate network was taken: more labs run than there are candidates, or something holds the claim ports everywhere. */
export class NoLoopbackNetworkError extends Error {
  override readonly name = "NoLoopbackNetworkError";
  constructor(tried: number) {
    super(`none of ${tried} loopback networks could be claimed`);
  }
}

/** istiod's own ports: the claim is held where a lab's control plane would listen. The later ones serve when another program holds the first on every address; the last is none that a real istiod on this machine holds. */
const CLAIM_PORTS = [15012, 15010, 15014, 15011];
const CANDIDATES = 64;

/**
 * Claims the first free /24 in an order that depends on the seed alone (the checkout's path), so that a lab gets the same addresses at each start
 * and a second checkout gets others. The claim is a listener on `.1`: the system gives it up when the process dies, however it dies.
 * @returns undefined on a machine whose only loopback address is 127.0.0.1 (macOS)
 * @throws NoLoopbackNetworkError
 */
export async function claimLoopbackNetwork(seed: string): Promise<LoopbackClaim | undefined> {
  for (const port of CLAIM_PORTS) {
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      const prefix = candidatePrefix(seed, candidate);
      const outcome = await tryListen(`${prefix}.1`, port);
      if (outcome === "no such address") return undefined;
      if (outcome !== "taken") return { prefix, release: () => new Promise((done) => outcome.close(() => done())) };
    }
  }
  throw new NoLoopbackNetworkError(CANDIDATES);
}

function candidatePrefix(seed: string, candidate: number): string {
  const digest = createHash("sha256").update(`${seed}#${candidate}`).digest();
  // 127.0.*.* is left to everybody else's programs, 127.255.*.* to broadcasts.
  return `127.${1 + (digest.readUInt8(0) % 254)}.${digest.readUInt8(1)}`;
}

function tryListen(host: string, port: number): Promise<Server | "taken" | "no such address"> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRNOTAVAIL") resolve("no such address");
      else if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve("taken");
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}
