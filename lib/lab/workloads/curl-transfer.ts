import type { CurlUrl } from "./curl-url";

/** What became known of one URL's transfer, redirects included; filled in as it happens, so that `-w` can tell it after a failure too. */
export interface Transfer {
  /** As on the command line. */
  url: string;
  urlNumber: number;
  effective?: CurlUrl;
  /** For messages before the URL could be read. */
  effectiveText: string;
  method: string;
  /** Milliseconds of the monotonic clock. */
  startedAt: number;
  /** All in milliseconds since startedAt; 0 where the step was not reached. */
  times: { namelookup: number; connect: number; appconnect: number; pretransfer: number; starttransfer: number; redirect: number; total: number };
  phase: "connecting" | "handshaking" | "transferring";
  remoteIp: string;
  remotePort: number;
  localIp: string;
  localPort: number;
  connects: number;
  redirects: number;
  redirectUrl: string;
  /** 0 before a status line was read. */
  status: number;
  httpVersion: string;
  /** Name and value one after the other, of the last answer. */
  rawHeaders: string[];
  headerBytes: number;
  requestBytes: number;
  uploadBytes: number;
  bodyBytes: number;
  bodyLength: number | undefined;
  /** OpenSSL's X509_V_ERR number; 0 when verified, or no TLS. */
  verifyResult: number;
  output: string | undefined;
  exitCode: number;
  errorMessage: string;
}

export function createTransfer(url: string, urlNumber: number, output: string | undefined): Transfer {
  return {
    url,
    urlNumber,
    effectiveText: url,
    method: "GET",
    startedAt: performance.now(),
    times: { namelookup: 0, connect: 0, appconnect: 0, pretransfer: 0, starttransfer: 0, redirect: 0, total: 0 },
    phase: "connecting",
    remoteIp: "",
    remotePort: 0,
    localIp: "",
    localPort: 0,
    connects: 0,
    redirects: 0,
    redirectUrl: "",
    status: 0,
    httpVersion: "0",
    rawHeaders: [],
    headerBytes: 0,
    requestBytes: 0,
    uploadBytes: 0,
    bodyBytes: 0,
    bodyLength: undefined,
    verifyResult: 0,
    output,
    exitCode: 0,
    errorMessage: "",
  };
}

/** @returns milliseconds since the transfer began */
export function elapsed(transfer: Transfer): number {
  return performance.now() - transfer.startedAt;
}

/** The first header of a name, whatever its case. */
export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name.toLowerCase()) return rawHeaders[at + 1];
  return undefined;
}
