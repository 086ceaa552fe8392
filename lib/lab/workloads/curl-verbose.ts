import type { PeerCertificate, TLSSocket } from "node:tls";
import type { Transfer } from "./curl-transfer";

/** What `-v` writes to standard error; without it every call does nothing. */
export interface CurlTrace {
  /** A line of curl's own: `* text`. */
  info(text: string): void;
  connected(host: string, transfer: Transfer): void;
  /** @param problem why the certificate did not verify; undefined when it did */
  secured(socket: TLSSocket, problem: string | undefined, insecure: boolean): void;
  sent(headLines: readonly string[], bodyBytes: number): void;
  received(headLines: readonly string[]): void;
  /** Only the first part of a body is told, by its size. */
  receivedBody(bytes: number): void;
  /** @param intact whether the connection could have been used again */
  left(intact: boolean): void;
}

const SILENT: CurlTrace = { info() {}, connected() {}, secured() {}, sent() {}, received() {}, receivedBody() {}, left() {} };

/** A certificate's subject or issuer in OpenSSL's one-line order. */
function toDistinguishedName(name: PeerCertificate["subject"] | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(`; ${key}=`) : value}`)
    .join("; ");
}

/** @param write takes text for standard error */
export function createTrace(verbose: boolean, write: (text: string) => void): CurlTrace {
  if (!verbose) return SILENT;
  let connection = -1;
  let host = "";
  let bodySeen = false;
  const info = (text: string) => write(`* ${text}\n`);
  return {
    info,
    connected(name, transfer) {
      connection++;
      host = name;
      info(`Connected to ${name} (${transfer.remoteIp}) port ${transfer.remotePort} (#${connection})`);
    },
    secured(socket, problem, insecure) {
      if (problem && !insecure) return;
      info(`SSL connection using ${socket.getProtocol()} / ${socket.getCipher().standardName}`);
      info(socket.alpnProtocol ? `ALPN: server accepted ${socket.alpnProtocol}` : "ALPN: server did not agree on a protocol. Uses default.");
      const certificate = socket.getPeerCertificate();
      info("Server certificate:");
      info(` subject: ${toDistinguishedName(certificate.subject)}`);
      info(` start date: ${certificate.valid_from}`);
      info(` expire date: ${certificate.valid_to}`);
      info(` issuer: ${toDistinguishedName(certificate.issuer)}`);
      info(problem ? ` SSL certificate verify result: ${problem}, continuing anyway.` : " SSL certificate verify ok.");
      info(socket.alpnProtocol ? "using HTTP/1.1" : "using HTTP/1.x");
    },
    sent(headLines, bodyBytes) {
      bodySeen = false;
      for (const line of headLines) write(`> ${line}`);
      if (bodyBytes > 0) write(`} [${bodyBytes} bytes data]\n`);
    },
    received(headLines) {
      for (const line of headLines) write(`< ${line}`);
    },
    receivedBody(bytes) {
      if (!bodySeen) write(`{ [${bytes} bytes data]\n`);
      bodySeen = true;
    },
    left(intact) {
      info(intact ? `Connection #${connection} to host ${host} left intact` : `Closing connection ${Math.max(connection, 0)}`);
    },
  };
}
