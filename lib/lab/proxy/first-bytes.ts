import type { Socket } from "node:net";
import { helloLength, looksLikeTls } from "./client-hello";

/** A listener filter decides on a TLS record's header; fewer bytes say nothing yet, and Istio's protocolDetectionTimeout is "wait for ever". */
const ENOUGH = 5;

/**
 * Waits for the first bytes of a connection and puts them back: five of them, or the whole first record when they begin a TLS handshake.
 * @returns undefined when the peer left before there were enough
 */
export function peekFirstBytes(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (result: Buffer | undefined) => {
      socket.off("readable", look);
      socket.off("end", gone);
      socket.off("close", gone);
      if (result) socket.unshift(result);
      resolve(result);
    };
    const gone = () => finish(undefined);
    const look = () => {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      }
      const needed = looksLikeTls(bytes) ? helloLength(bytes) : ENOUGH;
      if (bytes.length >= needed) finish(bytes);
    };
    socket.on("readable", look);
    socket.once("end", gone);
    socket.once("close", gone);
  });
}
