import { request as sendRequest } from "node:http";
import type { Socket } from "node:net";
import type { AppRequest, AppResponse } from "../proxy/app";

/** One HTTP/1.1 request on a connection that is then closed. @throws the socket's error */
export function callOnce(socket: Socket, { method, url, headers, body, signal }: AppRequest): Promise<AppResponse> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    const call = sendRequest({ createConnection: () => socket, method, path: url, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answered = Object.entries(response.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(answered), body: Buffer.concat(chunks) });
      });
    });
    call.on("error", (error) => {
      socket.destroy();
      reject(error);
    });
    call.end(body);
  });
}
