import "reflect-metadata";
import { webcrypto } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { BasicConstraintsExtension, cryptoProvider, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

/** For tests: an HTTPS server with a certificate for istioinaction.io from an authority of its own, that counts what reaches it. */
export interface TestGateway {
  port: number;
  ca: string;
  cert: string;
  key: string;
  /** performance.now() of each request's arrival. */
  arrivals: number[];
  requests: { host: string | undefined; serverName: string | false | null; isResumed: boolean; headers: IncomingMessage["headers"] }[];
  /** TCP connections accepted so far, and those open now. */
  connections: number;
  sockets: Set<Socket>;
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** @param ends when the certificate ends, hours from now; its authority lives on */
export async function createTestCertificate(name: string, ends = 1): Promise<{ ca: string; cert: string; key: string }> {
  cryptoProvider.set(webcrypto as Crypto);
  const [caKeys, keys] = await Promise.all([0, 1].map(() => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>));
  if (caKeys === undefined || keys === undefined) throw new Error("no keys");
  const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000), signingAlgorithm: ALGORITHM };
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: "01",
    name: "CN=test-ca",
    keys: caKeys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await X509CertificateGenerator.create({
    ...validity,
    ...(ends < 0 ? { notBefore: new Date(Date.now() - 48 * 3_600_000) } : {}),
    notAfter: new Date(Date.now() + ends * 3_600_000),
    serialNumber: "02",
    subject: `CN=${name}`,
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { ca: ca.toString("pem"), cert: leaf.toString("pem"), key };
}

/** @param options.ends as of createTestCertificate; `clientCertificate`: one is asked for, as tls mode MUTUAL does */
export async function startTestGateway(name = "istioinaction.io", options: { ends?: number; clientCertificate?: boolean } = {}): Promise<TestGateway> {
  const { ca, cert, key } = await createTestCertificate(name, options.ends);
  const isMutual = options.clientCertificate ?? false;
  const server = createServer({ cert, key, ca, requestCert: isMutual, rejectUnauthorized: isMutual, keepAliveTimeout: 60_000 }, (request, response) => {
    gateway.arrivals.push(performance.now());
    const socket = request.socket as import("node:tls").TLSSocket & { servername?: string | false };
    gateway.requests.push({ host: request.headers.host, serverName: socket.servername ?? null, isResumed: socket.isSessionReused(), headers: request.headers });
    gateway.answer(request, response);
  });
  server.on("connection", (socket: Socket) => {
    gateway.connections++;
    gateway.sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => gateway.sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gateway: TestGateway = {
    port: (server.address() as AddressInfo).port,
    ca,
    cert,
    key,
    arrivals: [],
    requests: [],
    connections: 0,
    sockets: new Set(),
    answer: (_request, response) => response.end("ok"),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of gateway.sockets) socket.destroy();
      }),
  };
  return gateway;
}
