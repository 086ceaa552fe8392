import http from "node:http";
import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import { HostNotFoundError, OutsideLabError } from "../data-plane";
import { CurlError, toAnswerError, toConnectError, toHandshakeError } from "./curl-error";
import type { CurlOptions } from "./curl-options";
import { type CurlRequest, toHeadLines } from "./curl-request";
import { type CurlRoute, toRoute } from "./curl-route";
import { elapsed, type Transfer } from "./curl-transfer";
import type { CurlUrl } from "./curl-url";
import type { CurlTrace } from "./curl-verbose";

/** What one exchange hands on while it runs; a throw in one of them ends it with that error. */
export interface AnswerSink {
  /** Status line and headers, each with CRLF, then the empty line; also for each 1xx answer. */
  head(lines: string[], status: number): void;
  body(chunk: Uint8Array): void;
}

export interface Exchange {
  url: CurlUrl;
  request: CurlRequest;
  options: CurlOptions;
  transfer: Transfer;
  connect(host: string, port: number, signal: AbortSignal): Promise<Socket>;
  lookUp?(host: string): string;
  trace: CurlTrace;
  sink: AnswerSink;
  /** Aborts with a CurlError as reason when time is up, or with something else when the caller went away. */
  signal: AbortSignal;
}

/** No lab service says more; a runaway one must not fill the terminal or the memory. */
const LARGEST_BODY = 8 * 1024 * 1024;

/** @returns what `work` gives, or throws the signal's reason as soon as it fires */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * One request and its answer, on a new connection.
 * @throws CurlError as curl would end; the signal's reason when aborted
 */
export async function runExchange(exchange: Exchange): Promise<void> {
  const { options, transfer, url } = exchange;
  const limit = new AbortController();
  const timeUp = () => limit.abort(connectionTimedOut(url, transfer));
  const timer = options.connectTimeoutMs === undefined ? undefined : setTimeout(timeUp, options.connectTimeoutMs);
  const opening = { ...exchange, signal: AbortSignal.any([exchange.signal, limit.signal]) };
  let socket: Socket | undefined;
  try {
    transfer.phase = "connecting";
    socket = await connectSocket(opening);
    transfer.phase = "handshaking";
    const stream = url.scheme === "https" ? await handshake(opening, socket) : socket;
    clearTimeout(timer);
    transfer.times.pretransfer = elapsed(transfer);
    transfer.phase = "transferring";
    await unlessAborted(exchange.signal, sendAndReceive(exchange, stream));
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

/** `--connect-timeout` covers the TCP connection and the TLS handshake. */
function connectionTimedOut(url: CurlUrl, transfer: Transfer): CurlError {
  if (transfer.phase === "handshaking") return new CurlError(28, "SSL connection timeout");
  return new CurlError(28, `Failed to connect to ${url.host} port ${url.port} after ${Math.floor(elapsed(transfer))} ms: Timeout was reached`);
}

async function connectSocket({ url, options, transfer, connect, lookUp, trace, signal }: Exchange): Promise<Socket> {
  const via = toRoute(options, url);
  for (const note of via.notes) trace.info(note);
  if (options.ipv6Only) {
    if (isIP(via.host) === 4) throw new CurlError(7, "Couldn't connect to server");
    if (isIP(via.host) === 0) throw new CurlError(6, `Could not resolve host: ${via.name}`);
  }
  const address = isIP(via.host) ? via.host : lookUpAddress(via, lookUp);
  if (address) {
    transfer.times.namelookup ||= elapsed(transfer);
    trace.info(`  Trying ${address}:${via.port}...`);
  }
  const pending = connect(via.host, via.port, signal);
  // A connection that comes after the time was up is closed, not left open.
  pending.then((late) => signal.aborted && late.destroy()).catch(() => {});
  let socket: Socket;
  try {
    socket = await unlessAborted(signal, pending);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof HostNotFoundError) throw new CurlError(6, `Could not resolve host: ${via.name}`, { cause: error });
    if (address) trace.info(`connect to ${address} port ${via.port} failed: Connection refused`);
    throw toConnectError(error, via.name, via.port, elapsed(transfer));
  }
  // Until the exchange listens, a reset must not become an uncaught error; it is seen again at the first read.
  socket.on("error", () => {});
  if (!address) trace.info(`  Trying ${socket.remoteAddress}:${socket.remotePort}...`);
  transfer.connects++;
  // Where the program meant to go: a node or a sidecar that leads the connection elsewhere does so unseen.
  transfer.remoteIp = address ?? socket.remoteAddress ?? "";
  transfer.remotePort = address ? via.port : (socket.remotePort ?? 0);
  transfer.localIp = socket.localAddress ?? "";
  transfer.localPort = socket.localPort ?? 0;
  transfer.times.connect = elapsed(transfer);
  transfer.times.namelookup ||= transfer.times.connect;
  trace.connected(via.name, transfer);
  return socket;
}

/** @returns undefined when nobody says what names mean @throws CurlError 6 */
function lookUpAddress(via: CurlRoute, lookUp: Exchange["lookUp"]): string | undefined {
  try {
    return lookUp?.(via.host);
  } catch (error) {
    // An address that nobody has is for the connection to fail on.
    if (error instanceof OutsideLabError) return undefined;
    if (error instanceof HostNotFoundError) throw new CurlError(6, `Could not resolve host: ${via.name}`, { cause: error });
    throw error;
  }
}

/** OpenSSL's words and numbers (x509_vfy.h) for the codes Node gives. */
const VERIFY_RESULTS: Record<string, { number: number; text: string }> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: { number: 18, text: "self-signed certificate" },
  SELF_SIGNED_CERT_IN_CHAIN: { number: 19, text: "self-signed certificate in certificate chain" },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { number: 20, text: "unable to get local issuer certificate" },
  // Node tells a lone leaf apart; OpenSSL's own tools and curl report the same as above for it.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { number: 20, text: "unable to get local issuer certificate" },
  CERT_NOT_YET_VALID: { number: 9, text: "certificate is not yet valid" },
  CERT_HAS_EXPIRED: { number: 10, text: "certificate has expired" },
};

async function handshake({ url, options, transfer, trace, signal }: Exchange, socket: Socket): Promise<tls.TLSSocket> {
  // A container of the lab has no files, so a CA file is never there; without verification curl does not insist on it.
  if (options.caFile !== undefined && !options.insecure) throw new CurlError(77, `error setting certificate file: ${options.caFile}`);
  trace.info("ALPN: offers http/1.1");
  const secure = tls.connect({
    socket,
    host: url.host,
    servername: isIP(url.host) ? undefined : url.host,
    ALPNProtocols: ["http/1.1"],
    // Verified here but judged below: curl's words differ from Node's.
    rejectUnauthorized: false,
  });
  await unlessAborted(
    signal,
    new Promise<void>((resolve, reject) => {
      secure.once("secureConnect", resolve);
      secure.on("error", (error) => reject(toHandshakeError(error, url.host, url.port)));
      secure.once("close", () => reject(toHandshakeError(undefined, url.host, url.port)));
    }),
  );
  transfer.times.appconnect = elapsed(transfer);
  const nodeCode = secure.authorized ? undefined : String(secure.authorizationError);
  const result = nodeCode === undefined ? undefined : VERIFY_RESULTS[nodeCode];
  const wrongName = nodeCode === "ERR_TLS_CERT_ALTNAME_INVALID";
  transfer.verifyResult = nodeCode === undefined || wrongName ? 0 : (result?.number ?? 1);
  const problem = result?.text ?? nodeCode ?? "ok";
  trace.secured(secure, transfer.verifyResult === 0 ? undefined : `${problem} (${transfer.verifyResult})`, options.insecure);
  if (nodeCode !== undefined && !options.insecure) {
    const noMatch = `SSL: no alternative certificate subject name matches target host name '${url.host}'`;
    throw new CurlError(60, wrongName ? noMatch : `SSL certificate problem: ${problem}`);
  }
  return secure;
}

/** Sends the request and reads the answer to its end (by length, by chunks or by close), which is where curl stops. */
function sendAndReceive(exchange: Exchange, stream: Socket): Promise<void> {
  const { request, transfer, trace, sink, url } = exchange;
  return new Promise((resolve, reject) => {
    let headersSeen = false;
    let failed = false;
    // After a redirect only the last answer counts.
    transfer.bodyBytes = 0;
    transfer.bodyLength = undefined;
    const fail = (error: unknown) => {
      failed = true;
      const progress = { headersSeen, bodyBytes: transfer.bodyBytes, bodyLength: transfer.bodyLength, secure: url.scheme === "https" };
      reject(error instanceof CurlError ? error : toAnswerError(error, progress));
    };
    const guarded = (work: () => void) => {
      // What was already read is still handed on by Node's parser.
      if (failed) return;
      try {
        work();
      } catch (error) {
        fail(error);
      }
    };
    const head = (answer: { httpVersion: string; statusCode?: number; statusMessage?: string; rawHeaders: string[] }) => {
      const status = answer.statusCode ?? 0;
      const reason = answer.statusMessage ? ` ${answer.statusMessage}` : "";
      const lines = [`HTTP/${answer.httpVersion} ${status}${reason}\r\n`];
      for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}\r\n`);
      lines.push("\r\n");
      Object.assign(transfer, { status, httpVersion: answer.httpVersion, rawHeaders: answer.rawHeaders });
      transfer.headerBytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
      transfer.times.starttransfer ||= elapsed(transfer);
      sink.head(lines, status);
    };
    // Node's client frames the answer; every header is curl's own, so that what -v shows is what was sent.
    const outgoing = http.request({ createConnection: () => stream, method: request.method, path: request.target, setHost: false });
    for (const name of ["Connection", "Content-Length", "Date", "Transfer-Encoding"]) outgoing.removeHeader(name);
    for (const [name, value] of request.headers) outgoing.appendHeader(name, value);
    outgoing.on("information", (answer) => guarded(() => head(answer)));
    outgoing.on("error", fail);
    outgoing.on("response", (answer) => {
      headersSeen = true;
      if (answer.httpVersion === "1.0") trace.info("HTTP 1.0, assume close after body");
      const length = Number(answer.headers["content-length"] ?? Number.NaN);
      transfer.bodyLength = Number.isInteger(length) ? length : undefined;
      guarded(() => head(answer));
      answer.on("data", (chunk: Uint8Array) =>
        guarded(() => {
          transfer.bodyBytes += chunk.length;
          if (transfer.bodyBytes > LARGEST_BODY) throw new CurlError(63, "Maximum file size exceeded");
          sink.body(chunk);
        }),
      );
      answer.on("error", fail);
      answer.on("end", () => (answer.complete ? resolve() : fail(undefined)));
    });
    const lines = toHeadLines(request);
    transfer.requestBytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) + (request.body?.length ?? 0);
    transfer.uploadBytes += request.body?.length ?? 0;
    trace.sent(lines, request.body?.length ?? 0);
    outgoing.end(request.body);
  });
}
