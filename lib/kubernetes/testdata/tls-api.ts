import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { BasicConstraintsExtension, cryptoProvider, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface Pair {
  cert: string;
  key: string;
}

/** A certificate authority for one test. */
export async function createAuthority() {
  cryptoProvider.set(webcrypto as Crypto);
  const makeKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
  const keys = await makeKeys();
  const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000), signingAlgorithm: ALGORITHM };
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: "01",
    name: "CN=test-ca",
    keys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  let serial = 1;
  return {
    pem: ca.toString("pem"),
    async issue(name: string, ip = "127.0.0.1"): Promise<Pair> {
      const own = await makeKeys();
      const leaf = await X509CertificateGenerator.create({
        ...validity,
        serialNumber: `0${++serial}`,
        subject: `CN=${name}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [
          new SubjectAlternativeNameExtension([
            { type: "dns", value: name },
            { type: "ip", value: ip },
          ]),
        ],
      });
      return { cert: leaf.toString("pem"), key: PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", own.privateKey), "PRIVATE KEY") };
    },
  };
}
export type Authority = Awaited<ReturnType<typeof createAuthority>>;

export interface SeenCall {
  path: string;
  headers: IncomingHttpHeaders;
  /** Subject of the client's certificate; null without one. */
  client: string | null;
  serverName: string | false | null;
  body: string;
}

/** An HTTPS server that answers JSON to everything and writes down how it was asked. */
export async function startTlsApi(authority: Authority, { name = "localhost", ip = "127.0.0.1" } = {}) {
  const seen: SeenCall[] = [];
  let answer = (_call: SeenCall): { status?: number; body: unknown } => ({ body: {} });
  const pair = await authority.issue(name, ip);
  const server = createServer({ ...pair, ca: authority.pem, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const socket = request.socket as TLSSocket & { servername?: string | false };
    const { subject } = socket.authorized ? socket.getPeerCertificate() : { subject: undefined };
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const client = subject === undefined ? null : String(subject.CN);
      const call = { path: request.url ?? "", headers: request.headers, client, serverName: socket.servername ?? null, body: Buffer.concat(chunks).toString() };
      seen.push(call);
      const { status = 200, body } = answer(call);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.on("tlsClientError", () => undefined);
  const { port, close } = await listen(server);
  return {
    seen,
    port,
    server: `https://127.0.0.1:${port}`,
    close,
    set answer(next: typeof answer) {
      answer = next;
    },
  };
}

/** A proxy that counts: CONNECT when `kind` is http, else SOCKS 5; with a login when told. Everything goes to loopback, as it resolves names. */
export async function startProxy(kind: "http" | "socks5", login: string | null = null) {
  const asked: string[] = [];
  const logins: string[] = [];
  const pipe = (socket: Socket, port: number, onOpen: () => void) => {
    const upstream = connect(port, "127.0.0.1", () => {
      onOpen();
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  };
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    if (kind === "http") {
      socket.once("data", (head) => {
        const [, target = ""] = /^CONNECT (\S+) /.exec(head.toString()) ?? [];
        const basic = /proxy-authorization: Basic (\S+)/i.exec(head.toString())?.[1];
        if (basic !== undefined) logins.push(Buffer.from(basic, "base64").toString());
        asked.push(target);
        if (login !== null && logins.at(-1) !== login) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        pipe(socket, Number(target.split(":").at(-1)), () => socket.write("HTTP/1.1 200 Connection established\r\n\r\n"));
      });
      return;
    }
    const steps = [
      () => socket.write(Buffer.from([5, login === null ? 0 : 2])),
      ...(login === null
        ? []
        : [
            (data: Buffer) => {
              const user = data.subarray(2, 2 + (data[1] ?? 0));
              const password = data.subarray(3 + user.length);
              logins.push(`${user}:${password}`);
              socket.write(Buffer.from([1, logins.at(-1) === login ? 0 : 1]));
            },
          ]),
      (data: Buffer) => {
        const name = data.subarray(5, 5 + (data[4] ?? 0)).toString();
        const port = data.readUInt16BE(5 + name.length);
        asked.push(`${name}:${port}`);
        socket.off("data", step);
        pipe(socket, port, () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
      },
    ];
    const step = (data: Buffer) => steps.shift()?.(data);
    socket.on("data", step);
  });
  const { port, close } = await listen(server);
  return { asked, logins, port, close };
}

export function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), "padlock-credentials-"));
  return {
    path: folder,
    /** @returns the file's path */
    write(name: string, content: string | object, mode = 0o600): string {
      const path = join(folder, name);
      writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
      return path;
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function toKubeconfig(cluster: object, user: object, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "it",
    clusters: [{ name: "it", cluster }],
    users: [{ name: "somebody", user }],
    contexts: [{ name: "it", context: { cluster: "it", user: "somebody" } }],
    ...more,
  };
}

async function listen(server: Server | ReturnType<typeof createTcpServer>) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
