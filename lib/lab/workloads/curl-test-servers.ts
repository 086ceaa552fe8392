import "reflect-metadata";
import { webcrypto } from "node:crypto";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import { KeyUsageFlags, KeyUsagesExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { HostNotFoundError, OutsideLabError } from "../data-plane";
import { type CurlIo, runCurl } from "./curl";

/** Servers that end a connection in every way the tests need, each on a loopback port of its own. */
export interface CurlServers {
  /** Origin by name, `http://127.0.0.1:PORT`. */
  url: Record<string, string>;
  close(): void;
}

async function createCertificate(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=foo",
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature), new SubjectAlternativeNameExtension([{ type: "dns", value: "foo" }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`, cert: certificate.toString("pem") };
}

/** Answers what it was asked, header by header, so that the request on the wire is part of the output. */
function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
  const path = request.url ?? "/";
  // The clock must not make two answers differ.
  response.sendDate = false;
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk));
  request.on("end", () => {
    const status = /^\/status\/(\d{3})/.exec(path)?.[1];
    const location = new URL(path, "http://x").searchParams.get("to");
    if (location) return response.writeHead(Number(status ?? 302), { location }).end("moved");
    if (path.startsWith("/close")) response.setHeader("Connection", "close");
    if (path.startsWith("/chunked")) {
      response.write("abc");
      return response.end("def");
    }
    if (path.startsWith("/early")) response.writeEarlyHints({ link: "</a>; rel=preload" });
    response.setHeader("X-A", "1");
    response.setHeader("x-a2", ["1", "2"]);
    response.statusCode = Number(status ?? 200);
    response.end(`${request.method} ${path} ${JSON.stringify(request.rawHeaders)} ${body}\n`);
  });
}

export async function startCurlServers(): Promise<CurlServers> {
  const pair = await createCertificate();
  const servers: net.Server[] = [];
  const url: Record<string, string> = {};
  const listen = async (name: string, scheme: string, server: net.Server) => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    url[name] = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const sockets = new Set<net.Socket>();
  const raw = (onData: (socket: net.Socket) => void) =>
    net.createServer((socket) => {
      sockets.add(socket.on("error", () => {}));
      socket.once("data", () => onData(socket));
    });
  const answering = (text: string) => raw((socket) => socket.end(text));

  await listen("echo", "http", http.createServer(echo));
  await listen(
    "reset",
    "http",
    raw((socket) => socket.resetAndDestroy()),
  );
  await listen(
    "empty",
    "http",
    raw((socket) => socket.end()),
  );
  await listen(
    "silent",
    "http",
    raw(() => {}),
  );
  await listen("short", "http", answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"));
  await listen("shortChunks", "http", answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"));
  await listen("badChunks", "http", answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabcde\r\n"));
  await listen("garbage", "http", answering("SSH-2.0-none of this is HTTP\r\n\r\n"));
  await listen("untilClose", "http", answering("HTTP/1.0 200 OK\r\nX-B: 2\r\n\r\nuntil the end"));
  await listen(
    "stalls",
    "http",
    raw((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")),
  );
  await listen(
    "resetInBody",
    "http",
    raw((socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", () => setTimeout(() => socket.resetAndDestroy(), 60))),
  );
  await listen(
    "huge",
    "http",
    http.createServer((_, response) => response.end(Buffer.alloc(9 * 1024 * 1024, 97))),
  );
  await listen("tls", "https", https.createServer(pair, echo));
  await listen(
    "mutual",
    "https",
    tls.createServer({ ...pair, requestCert: true }, (socket) => socket.on("error", () => {})),
  );
  await listen(
    "mutual12",
    "https",
    tls.createServer({ ...pair, requestCert: true, maxVersion: "TLSv1.2" }, (socket) => socket.on("error", () => {})),
  );
  const closed = net.createServer();
  await listen("closed", "http", closed);
  closed.close();

  return {
    url,
    close() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) {
        if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A network with loopback addresses and the name `foo`, and nothing else. */
export async function connect(host: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  if (net.isIP(host) === 0 && host !== "foo") throw new HostNotFoundError(host);
  if (net.isIP(host) && !host.startsWith("127.")) throw new OutsideLabError(host);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: host === "foo" ? "127.0.0.1" : host, port, signal });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

export interface CurlRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function curl(argv: readonly string[], io: Partial<CurlIo> = {}): Promise<CurlRun> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const exitCode = await runCurl(argv, {
    connect,
    lookUp: (host) => {
      if (host !== "foo") throw new HostNotFoundError(host);
      return "127.0.0.1";
    },
    stdout: (chunk) => void out.push(chunk),
    stderr: (chunk) => void err.push(chunk),
    signal: new AbortController().signal,
    ...io,
  });
  return { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
