import { headerOf, type Transfer } from "./curl-transfer";

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(6);
const code = (number: number) => String(number).padStart(3, "0");
const perSecond = (bytes: number, transfer: Transfer) => String(transfer.times.total > 0 ? Math.floor((bytes * 1000) / transfer.times.total) : 0);

/** The variables of `--write-out` (curl's manual, option -w) that mean something for HTTP without proxies. */
const VARIABLES: Record<string, (transfer: Transfer) => string> = {
  content_type: (t) => headerOf(t.rawHeaders, "content-type") ?? "",
  errormsg: (t) => t.errorMessage,
  exitcode: (t) => String(t.exitCode),
  filename_effective: (t) => t.output ?? "",
  http_code: (t) => code(t.status),
  http_connect: () => "000",
  http_version: (t) => (t.httpVersion === "1.0" ? "1" : t.httpVersion),
  local_ip: (t) => t.localIp,
  local_port: (t) => String(t.localPort),
  method: (t) => t.method,
  num_connects: (t) => String(t.connects),
  num_headers: (t) => String(t.rawHeaders.length / 2),
  num_redirects: (t) => String(t.redirects),
  proxy_ssl_verify_result: () => "0",
  redirect_url: (t) => t.redirectUrl,
  referer: () => "",
  remote_ip: (t) => t.remoteIp,
  remote_port: (t) => String(t.remotePort),
  response_code: (t) => code(t.status),
  // Before a connection there is none, as in curl.
  scheme: (t) => (t.connects > 0 ? (t.effective?.scheme ?? "").toUpperCase() : ""),
  size_download: (t) => String(t.bodyBytes),
  size_header: (t) => String(t.headerBytes),
  size_request: (t) => String(t.requestBytes),
  size_upload: (t) => String(t.uploadBytes),
  speed_download: (t) => perSecond(t.bodyBytes, t),
  speed_upload: (t) => perSecond(t.uploadBytes, t),
  ssl_verify_result: (t) => String(t.verifyResult),
  time_appconnect: (t) => seconds(t.times.appconnect),
  time_connect: (t) => seconds(t.times.connect),
  time_namelookup: (t) => seconds(t.times.namelookup),
  time_pretransfer: (t) => seconds(t.times.pretransfer),
  time_redirect: (t) => seconds(t.times.redirect),
  time_starttransfer: (t) => seconds(t.times.starttransfer),
  time_total: (t) => seconds(t.times.total),
  url: (t) => t.url,
  url_effective: (t) => t.effective?.text ?? t.effectiveText,
  urlnum: (t) => String(t.urlNumber),
};

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
const PIECE = /%%|%\{([^}]*)\}|%header\{([^}]*)\}|\\([\s\S])/g;

/**
 * Fills in a `-w` format. `%{stdout}` and `%{stderr}` choose where the rest goes; `%{onerror}` keeps the rest for failed transfers.
 */
export function writeOut(format: string, transfer: Transfer, to: { stdout(text: string): void; stderr(text: string): void }): void {
  let write = to.stdout;
  let last = 0;
  for (const piece of format.matchAll(PIECE)) {
    write(format.slice(last, piece.index));
    last = piece.index + piece[0].length;
    const [whole, variable, header, escaped] = piece;
    if (whole === "%%") write("%");
    else if (header !== undefined) write(headerOf(transfer.rawHeaders, header) ?? "");
    else if (escaped !== undefined) write(ESCAPES[escaped] ?? `\\${escaped}`);
    else if (variable === "stdout") write = to.stdout;
    else if (variable === "stderr") write = to.stderr;
    else if (variable === "onerror") {
      if (transfer.exitCode === 0) return;
    } else if (variable !== undefined && Object.hasOwn(VARIABLES, variable)) write(VARIABLES[variable]?.(transfer) ?? "");
    else to.stderr(`curl: unknown --write-out variable: '${variable}'\n`);
  }
  write(format.slice(last));
}
