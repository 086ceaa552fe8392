import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";

/** Opens a stream to the gateway's port by another way than a TCP connection of our own: a port-forward, say. */
export type OpenStream = () => Promise<Duplex>;

/** The other way could not be taken; the message is that way's own. */
export class NoWayError extends Error {
  override readonly name = "NoWayError";
  readonly code = "ENOWAY";
}

/** An agent whose connections go over the streams; without `open` an ordinary one. */
export function createAgent(options: AgentOptions, open: OpenStream | undefined): Agent {
  const agent = new Agent(options);
  if (open === undefined) return agent;
  agent.createConnection = (request, done) => {
    connectOver(open, request as ConnectionOptions).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  };
  return agent;
}

/** @throws NoWayError */
export async function connectOver(open: OpenStream, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = await open().catch((error: unknown) => {
    throw new NoWayError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  return connectTls({ ...options, socket });
}
