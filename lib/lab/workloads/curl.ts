import type { Socket } from "node:net";
import { CurlError, CurlUsageError, OPENSSL_NAME } from "./curl-error";
import { runExchange } from "./curl-exchange";
import { CURL_HELP } from "./curl-help";
import { type CurlOptions, parseCurlCommand } from "./curl-options";
import { CURL_VERSION, firstMethod, toCurlRequest } from "./curl-request";
import { createTransfer, elapsed, headerOf, type Transfer } from "./curl-transfer";
import { expandGlob, parseCurlUrl, resolveLocation } from "./curl-url";
import { type CurlTrace, createTrace } from "./curl-verbose";
import { writeOut } from "./curl-write-out";

export interface CurlIo {
  /**
   * Opens a new connection on behalf of the pod. @throws HostNotFoundError (exit code 6), OutsideLabError or the socket's own error (7)
   */
  connect(host: string, port: number, signal: AbortSignal): Promise<Socket>;
  /**
   * The address a name means in the pod, which `-v` and `%{remote_ip}` show: a connection may end elsewhere, at a sidecar or at the pod behind a
   * Service's address. Left out, the socket's own peer is shown. @throws HostNotFoundError, OutsideLabError
   */
  lookUp?(host: string): string;
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
  /** Fires when the caller hung up. */
  signal: AbortSignal;
}

/** The exit code of a program that was told to end (128 + SIGTERM); nobody is left to read it. */
const TERMINATED = 143;

const VERSION_TEXT = `curl ${CURL_VERSION} (padlock-lab) ${OPENSSL_NAME}\nProtocols: http https\nFeatures: IPv6 SSL\n`;

/**
 * The curl inside the lab's pods: HTTP/1.1 over the lab's network with the options of curl 7.88 that make sense there, its messages and its
 * exit codes. Each transfer, each redirect too, makes a new connection. Unlike the real one it never draws a progress meter (curl does when its
 * output is no terminal and `-s` is missing): in a teaching session the meter hides the message that matters.
 * @param argv without the word curl
 * @returns the exit code: the last URL's
 */
export async function runCurl(argv: readonly string[], io: CurlIo): Promise<number> {
  const encoder = new TextEncoder();
  const stdout = (text: string) => text && io.stdout(encoder.encode(text));
  const stderr = (text: string) => text && io.stderr(encoder.encode(text));
  const usage = (message: string) => {
    stderr(`curl: ${message}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
    return 2;
  };

  let options: CurlOptions;
  try {
    const command = parseCurlCommand(argv);
    if (command.kind !== "transfer") {
      stdout(command.kind === "version" ? VERSION_TEXT : CURL_HELP);
      return 0;
    }
    options = command.options;
  } catch (error) {
    if (error instanceof CurlUsageError) return usage(error.message);
    throw error;
  }
  if (argv.length === 0) {
    stderr("curl: try 'curl --help' or 'curl --manual' for more information\n");
    return 2;
  }
  if (options.urls.length === 0) return usage("no URL specified!");
  if (options.head && options.data !== undefined && !options.get) {
    options.warnings.push("You can only select one HTTP request method! You asked for both POST \nWarning: (-d, --data) and HEAD (-I, --head).");
  }
  if (!options.silent) for (const warning of options.warnings) stderr(`Warning: ${warning}\n`);
  if (options.head && options.data !== undefined && !options.get) return 2;
  return transferAll(options, io, stdout, stderr);
}

async function transferAll(options: CurlOptions, io: CurlIo, stdout: (text: string) => void, stderr: (text: string) => void): Promise<number> {
  const trace = createTrace(options.verbose, stderr);
  let exitCode = 0;
  let number = 0;
  for (const [index, pattern] of options.urls.entries()) {
    for (const url of urlsOf(pattern, options)) {
      const transfer = createTransfer(url, number++, options.outputs[index]);
      try {
        await transferUrl(options, transfer, io, trace);
      } catch (error) {
        if (!(error instanceof CurlError)) {
          if (io.signal.aborted) return TERMINATED;
          throw error;
        }
        transfer.exitCode = error.exitCode;
        transfer.errorMessage = error.message;
      }
      transfer.times.total = elapsed(transfer);
      exitCode = transfer.exitCode;
      if (options.writeOut !== undefined) writeOut(options.writeOut, transfer, { stdout, stderr });
      if (exitCode !== 0 && (!options.silent || options.showError))
        stderr(`curl: (${exitCode}) ${transfer.errorMessage}\n${exitCode === 60 ? ABOUT_CERTIFICATES : ""}`);
    }
  }
  if (!options.silent && options.outputs.length > number) stderr("Warning: Got more output options than URLs\n");
  return exitCode;
}

/** A pattern that cannot be read is left for the transfer to fail on. */
function urlsOf(pattern: string, options: CurlOptions): string[] {
  try {
    return options.globbing ? expandGlob(pattern) : [pattern];
  } catch (error) {
    if (error instanceof CurlError) return [pattern];
    throw error;
  }
}

const ABOUT_CERTIFICATES =
  "More details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\n" +
  "establish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.\n";

/** One URL with all its redirects, under one limit of time. @throws CurlError; io.signal's reason when the caller hung up */
async function transferUrl(options: CurlOptions, transfer: Transfer, io: CurlIo, trace: CurlTrace): Promise<void> {
  const limit = new AbortController();
  const hungUp = () => limit.abort(io.signal.reason);
  if (io.signal.aborted) hungUp();
  io.signal.addEventListener("abort", hungUp, { once: true });
  const timer = options.maxTimeMs === undefined ? undefined : setTimeout(() => limit.abort(outOfTime(transfer)), options.maxTimeMs);
  try {
    await followRedirects(options, transfer, io, trace, limit);
  } catch (error) {
    if (error instanceof CurlError && transfer.effective) {
      trace.info(error.message);
      trace.left(false);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    io.signal.removeEventListener("abort", hungUp);
  }
}

function outOfTime(transfer: Transfer): CurlError {
  const after = `timed out after ${Math.floor(elapsed(transfer))} milliseconds`;
  if (transfer.phase !== "transferring") return new CurlError(28, `Connection ${after}`);
  const of = transfer.bodyLength === undefined ? "" : ` out of ${transfer.bodyLength}`;
  return new CurlError(28, `Operation ${after} with ${transfer.bodyBytes}${of} bytes received`);
}

async function followRedirects(options: CurlOptions, transfer: Transfer, io: CurlIo, trace: CurlTrace, limit: AbortController): Promise<void> {
  const output = openOutput(transfer.output, io);
  const headers = options.dumpHeader === undefined ? undefined : openOutput(options.dumpHeader, io);
  const encoder = new TextEncoder();
  let url = parseCurlUrl(transfer.url);
  const origin = url.host;
  let resend = { method: firstMethod(options), withBody: true };
  for (;;) {
    transfer.effective = url;
    transfer.method = resend.method;
    // Credentials for one host are not shown to another.
    const own = url.host === origin ? options : { ...options, credentials: undefined };
    let goesOn = false;
    await runExchange({
      url,
      request: toCurlRequest(own, url, resend),
      options,
      transfer,
      connect: io.connect,
      lookUp: io.lookUp,
      trace,
      signal: limit.signal,
      sink: {
        head(lines, status) {
          const refused = status >= 400 && options.fail === "without-body";
          trace.received(refused ? lines.slice(0, -1) : lines);
          if (refused) throw new CurlError(22, `The requested URL returned error: ${status}`);
          goesOn = options.location && status >= 300 && status < 400 && headerOf(transfer.rawHeaders, "location") !== undefined;
          if (goesOn && !options.head) trace.info("Ignoring the response-body");
          for (const line of lines) {
            headers?.(encoder.encode(line));
            if (options.include || options.head) output(encoder.encode(line));
          }
        },
        body(chunk) {
          trace.receivedBody(chunk.length);
          if (!goesOn) output(chunk);
        },
      },
    });
    trace.left(isIntact(transfer));
    if (options.fail === "with-body" && transfer.status >= 400) throw new CurlError(22, `The requested URL returned error: ${transfer.status}`);
    const location = headerOf(transfer.rawHeaders, "location");
    if (location === undefined || transfer.status < 300 || transfer.status >= 400) return;
    const next = resolveLocation(url, location);
    if (!options.location) {
      transfer.redirectUrl = next.text;
      return;
    }
    if (options.maxRedirects >= 0 && transfer.redirects >= options.maxRedirects)
      throw new CurlError(47, `Maximum (${options.maxRedirects}) redirects followed`);
    transfer.redirects++;
    transfer.times.redirect = elapsed(transfer);
    transfer.times.starttransfer = 0;
    trace.info(`Issue another request to this URL: '${next.text}'`);
    resend = afterRedirect(options, resend, transfer.status);
    url = next;
  }
}

/** RFC 9110, 15.4: 307 and 308 keep the request; after 301, 302 and 303 curl turns a POST into a GET, but a method given by -X stays. */
function afterRedirect(options: CurlOptions, sent: { method: string; withBody: boolean }, status: number): { method: string; withBody: boolean } {
  if (status === 307 || status === 308) return sent;
  const method = options.method ?? (sent.method === "POST" || (status === 303 && sent.method !== "HEAD") ? "GET" : sent.method);
  return { method, withBody: false };
}

/** Whether the connection could serve another request; this curl closes it all the same. */
function isIntact(transfer: Transfer): boolean {
  const connection = headerOf(transfer.rawHeaders, "connection")?.toLowerCase();
  if (transfer.httpVersion !== "1.1" || connection === "close") return false;
  const chunked = headerOf(transfer.rawHeaders, "transfer-encoding") !== undefined;
  return chunked || transfer.bodyLength !== undefined || transfer.method === "HEAD" || transfer.status === 204 || transfer.status === 304;
}

/** `-o`: standard output, the devices, or a file in a directory that is not there. */
function openOutput(path: string | undefined, io: CurlIo): (chunk: Uint8Array) => void {
  if (path === undefined || path === "-" || path === "/dev/stdout") return io.stdout;
  if (path === "/dev/null") return () => {};
  if (path === "/dev/stderr") return io.stderr;
  return () => {
    throw new CurlError(23, "Failure writing output to destination");
  };
}
