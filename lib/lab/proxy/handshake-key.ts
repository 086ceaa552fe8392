import type { Socket } from "node:net";

/** A TLS server does not say which accepted socket a secured one came from; the pair of addresses does. */
export function handshakeKey(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}>${socket.localAddress}:${socket.localPort}`;
}
