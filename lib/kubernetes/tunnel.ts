import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { Agent, buildConnector, type Dispatcher } from "undici";

/** The proxy in front of the API server did not let us through. Never holds the proxy's password. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  constructor(proxy: URL, problem: string, options?: ErrorOptions) {
    super(`the proxy ${proxy.protocol}//${proxy.host} ${problem}`, options);
  }
}

/** Kinds of proxy that are understood, as `proxy-url` of a kubeconfig names them. */
export const PROXY_KINDS = /^(?:https?|socks5h?):\/\//i;

const TIMEOUT_MS = 5000;

const CONNECT_TIMEOUT_MS = 2000;

interface Way {
  tls: Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;
  proxy: string | null;
}

/** One pool for all requests: a connection (and its TLS handshake) for each request is what makes them slow. */
export function createAgent({ tls, proxy }: Way): Dispatcher {
  const connect = buildConnector({ ...tls, timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: 30_000 });
  return new Agent({
    keepAliveTimeout: 30_000,
    pipelining: 1,
    connect:
      proxy === null
        ? connect
        : (options, callback) => {
            const port = Number(options.port || (options.protocol === "https:" ? 443 : 80));
            openTunnel(proxy, options.hostname, port).then(
              (socket) => {
                if (options.protocol === "https:") connect({ ...options, httpSocket: socket }, callback);
                else callback(null, socket);
              },
              (error: Error) => callback(error, null),
            );
          },
  });
}

/** The same way for a WebSocket: options of `ws`. */
export function toSocketOptions({ tls, proxy }: Way, server: string): object {
  if (proxy === null) return tls;
  const { protocol, hostname, port } = new URL(server);
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  return {
    ...tls,
    createConnection(_options: unknown, callback: (error: Error | null, socket?: Socket) => void) {
      openTunnel(proxy, host, Number(port || (secure ? 443 : 80))).then(
        (socket) => callback(null, secure ? connectTls({ host, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls, socket }) : socket),
        (error: Error) => callback(error),
      );
    },
  };
}

/**
 * A connection to `host:port` through a proxy: CONNECT (RFC 9110, 9.3.6) or SOCKS 5 (RFC 1928). The proxy resolves the name.
 * @throws ProxyError
 */
export function openTunnel(proxyUrl: string, host: string, port: number): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  return proxy.protocol.startsWith("socks") ? openSocks(proxy, host, port) : openConnect(proxy, host, port);
}

function toLogin(proxy: URL): { user: string; password: string } | null {
  return proxy.username === "" ? null : { user: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
}

function openConnect(proxy: URL, host: string, port: number): Promise<Socket> {
  const login = toLogin(proxy);
  const target = `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
  const send = proxy.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const request = send({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port || (proxy.protocol === "https:" ? 443 : 80),
      method: "CONNECT",
      path: target,
      agent: false,
      headers: {
        host: target,
        ...(login === null ? {} : { "proxy-authorization": `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}` }),
      },
      timeout: TIMEOUT_MS,
    });
    request.once("connect", (answer, socket, head) => {
      if (answer.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        socket.setTimeout(0);
        resolve(socket as Socket);
        return;
      }
      socket.destroy();
      reject(new ProxyError(proxy, answer.statusCode === 407 ? "wants another login" : `refused the connection with ${answer.statusCode}`));
    });
    request.once("response", (answer) => {
      answer.resume();
      request.destroy();
      reject(new ProxyError(proxy, `is none: it answered ${answer.statusCode} to CONNECT`));
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", (cause) => reject(new ProxyError(proxy, toProblem(cause), { cause })));
    request.end();
  });
}

async function openSocks(proxy: URL, host: string, port: number): Promise<Socket> {
  const socket = connectPlain({ host: proxy.hostname.replace(/^\[|\]$/g, ""), port: Number(proxy.port || 1080) });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer in time")));
  const read = createReader(socket);
  try {
    const login = toLogin(proxy);
    socket.write(Buffer.from([5, 1, login === null ? 0 : 2]));
    const [, method] = await read(2);
    if (login !== null && method === 2) {
      const user = Buffer.from(login.user);
      const password = Buffer.from(login.password);
      socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
      const [, accepted] = await read(2);
      if (accepted !== 0) throw new ProxyError(proxy, "does not accept the login");
    } else if (method !== 0) {
      throw new ProxyError(proxy, "wants another login");
    }
    const name = Buffer.from(host.replace(/^\[|\]$/g, ""));
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
    const [, reply, , kind] = await read(4);
    if (reply !== 0) throw new ProxyError(proxy, SOCKS_PROBLEMS[reply ?? 0] ?? `refused the connection (${reply})`);
    const length = kind === 1 ? 4 : kind === 4 ? 16 : ((await read(1))[0] ?? 0);
    await read(length + 2);
    read.end();
    socket.setTimeout(0);
    return socket;
  } catch (cause) {
    socket.destroy();
    throw cause instanceof ProxyError ? cause : new ProxyError(proxy, toProblem(cause), { cause });
  }
}

const SOCKS_PROBLEMS: Record<number, string> = {
  2: "does not allow this connection",
  3: "cannot reach the network",
  4: "cannot reach the host",
  5: "was refused the connection",
};

/** Reads exact numbers of bytes from a socket; what is left at the end is given back to it. */
function createReader(socket: Socket) {
  let buffer = Buffer.alloc(0);
  let wake = () => {};
  let ended: Error | null = null;
  const onData = (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  };
  const onEnd = (error?: unknown) => {
    ended ??= error instanceof Error ? error : new Error("the connection was closed");
    wake();
  };
  socket.on("data", onData).on("error", onEnd).on("close", onEnd);
  const read = async (length: number): Promise<Buffer> => {
    while (buffer.length < length) {
      if (ended !== null) throw ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const part = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return part;
  };
  read.end = () => {
    socket.off("data", onData).off("error", onEnd).off("close", onEnd);
    socket.pause();
    if (buffer.length > 0) socket.unshift(buffer);
  };
  return read;
}

function toProblem(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ECONNREFUSED") return "does not answer (connection refused)";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "cannot be found: its name cannot be resolved";
  return `does not answer (${cause instanceof Error ? cause.message : String(cause)})`;
}
