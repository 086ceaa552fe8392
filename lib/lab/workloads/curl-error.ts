/** A transfer that failed as curl fails: `curl: (exitCode) message`. Exit codes are libcurl's CURLcode numbers. */
export class CurlError extends Error {
  override readonly name = "CurlError";
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A command line curl does not take: `curl: message`, then the pointer to its help; exit code 2. */
export class CurlUsageError extends Error {
  override readonly name = "CurlUsageError";
}

/** The part of a Node system error that tells how a socket died. */
interface SocketFailure {
  code: string;
  /** `read`, `write`, `connect`; absent when Node itself made the error (a peer that closed too early). */
  syscall?: string;
  message: string;
}

function toSocketFailure(error: unknown): SocketFailure {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  const { code, syscall } = error as NodeJS.ErrnoException;
  return { code: code ?? "", syscall, message: error.message };
}

/** The TLS library as curl names it in its messages. */
export const OPENSSL_NAME = `OpenSSL/${process.versions.openssl.replace(/\+.*/, "")}`;

/**
 * OpenSSL's error line (`…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…`) in the form curl built with OpenSSL 3
 * prints, without the function's name. @returns undefined when the message holds none
 */
function toOpensslText(message: string): string | undefined {
  const found = /error:([0-9A-F]{8}):([^:]*):[^:]*:([^:\n]*)/.exec(message);
  return found ? `${OPENSSL_NAME}: error:${found[1]}:${found[2]}::${found[3]}` : undefined;
}

/** A failed TCP connect. @param elapsedMs since the transfer began */
export function toConnectError(error: unknown, host: string, port: number, elapsedMs: number): CurlError {
  return new CurlError(7, `Failed to connect to ${host} port ${port} after ${Math.floor(elapsedMs)} ms: Couldn't connect to server`, { cause: error });
}

/** A TLS handshake that did not come to its end. */
export function toHandshakeError(error: unknown, host: string, port: number): CurlError {
  const failure = toSocketFailure(error);
  const openssl = toOpensslText(failure.message);
  if (openssl) return new CurlError(35, openssl, { cause: error });
  if (failure.code === "ECONNRESET" && failure.syscall) return new CurlError(35, "Recv failure: Connection reset by peer", { cause: error });
  // curl leaves a space at the end of this one.
  return new CurlError(35, `OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ${host}:${port} `, { cause: error });
}

/** How far an answer had come when its connection broke. */
export interface AnswerProgress {
  headersSeen: boolean;
  bodyBytes: number;
  /** From Content-Length; undefined for a chunked body or one that lasts until the connection closes. */
  bodyLength: number | undefined;
  secure: boolean;
}

/** A connection that broke after the request was (partly) sent. */
export function toAnswerError(error: unknown, progress: AnswerProgress): CurlError {
  const failure = toSocketFailure(error);
  const because = { cause: error };
  const openssl = toOpensslText(failure.message);
  if (openssl) return new CurlError(56, `OpenSSL SSL_read: ${openssl}, errno 0`, because);
  if (failure.code === "ECONNRESET" && failure.syscall) {
    return new CurlError(56, progress.secure ? "OpenSSL SSL_read: Connection reset by peer, errno 104" : "Recv failure: Connection reset by peer", because);
  }
  // Over TLS curl 7.88 reports a peer that closed while it wrote as 16; seen when a STRICT sidecar ended the handshake first.
  if (failure.code === "EPIPE") return new CurlError(progress.secure ? 16 : 55, "Send failure: Broken pipe", because);
  if (failure.code === "HPE_HEADER_OVERFLOW") return new CurlError(56, "Too large response headers: rejected", because);
  if (failure.code.startsWith("HPE_")) {
    if (!progress.headersSeen) return new CurlError(1, "Received HTTP/0.9 when not allowed", because);
    return new CurlError(56, "Illegal or missing hexadecimal sequence in chunked-encoding", because);
  }
  if (!progress.headersSeen) return new CurlError(52, "Empty reply from server", because);
  if (progress.bodyLength === undefined) return new CurlError(18, "transfer closed with outstanding read data remaining", because);
  return new CurlError(18, `transfer closed with ${progress.bodyLength - progress.bodyBytes} bytes remaining to read`, because);
}
