import { CurlUsageError } from "./curl-error";

/** What the command line asks for; the defaults are curl's. */
export interface CurlOptions {
  urls: string[];
  /** `-o`, in the order given: one for each URL, the rest go to standard output. */
  outputs: string[];
  silent: boolean;
  showError: boolean;
  fail: "never" | "without-body" | "with-body";
  writeOut?: string;
  maxTimeMs?: number;
  connectTimeoutMs?: number;
  insecure: boolean;
  caFile?: string;
  headers: string[];
  userAgent?: string;
  referer?: string;
  credentials?: string;
  method?: string;
  data?: string;
  json: boolean;
  get: boolean;
  head: boolean;
  include: boolean;
  dumpHeader?: string;
  verbose: boolean;
  location: boolean;
  /** Redirects to follow; -1 for no limit. */
  maxRedirects: number;
  resolve: string[];
  connectTo: string[];
  /** `-6`; the lab has IPv4 addresses only. */
  ipv6Only: boolean;
  globbing: boolean;
  /** Curl's own notices (`Warning: …`), printed unless `-s`. */
  warnings: string[];
}

export type CurlCommand = { kind: "transfer"; options: CurlOptions } | { kind: "version" } | { kind: "help"; category?: string };

type Flag = { kind: "flag"; set(options: CurlOptions, on: boolean): void };
type Value = { kind: "value"; set(options: CurlOptions, value: string, shown: string): void };

const flag = (set: Flag["set"]): Flag => ({ kind: "flag", set });
const value = (set: Value["set"]): Value => ({ kind: "value", set });
/** Taken and without effect: each run opens new connections, speaks HTTP/1.1, writes at once and shows no progress meter. */
const nothing = flag(() => {});

function toNumber(text: string, shown: string): number {
  if (!/^-?\d+(\.\d*)?$/.test(text)) throw new CurlUsageError(`option ${shown}: expected a proper numerical parameter`);
  return Number(text);
}

function toPositiveNumber(text: string, shown: string): number {
  const number = toNumber(text, shown);
  if (number < 0) throw new CurlUsageError(`option ${shown}: expected a positive numerical parameter`);
  return number;
}

/** Seconds on the command line, milliseconds inside; 0 means no limit. */
function toMilliseconds(text: string, shown: string): number | undefined {
  return toPositiveNumber(text, shown) * 1000 || undefined;
}

function addData(options: CurlOptions, data: string): void {
  options.data = options.data === undefined ? data : `${options.data}&${data}`;
}

/** The container's file system is empty as far as curl is concerned, so `@file` reads nothing and curl says so. */
function readData(options: CurlOptions, text: string): string {
  if (!text.startsWith("@")) return text;
  options.warnings.push(`Couldn't read data from file "${text.slice(1)}", this makes an empty POST.`);
  return "";
}

function encodeData(text: string): string {
  const equals = text.indexOf("=");
  const encode = (part: string) => encodeURIComponent(part).replace(/%20/g, "+");
  if (equals < 0) return encode(text);
  return equals === 0 ? encode(text.slice(1)) : `${text.slice(0, equals)}=${encode(text.slice(equals + 1))}`;
}

const OPTIONS: Record<string, Flag | Value> = {
  silent: flag((o, on) => (o.silent = on)),
  "show-error": flag((o, on) => (o.showError = on)),
  fail: flag((o, on) => (o.fail = on ? "without-body" : "never")),
  "fail-with-body": flag((o, on) => (o.fail = on ? "with-body" : "never")),
  insecure: flag((o, on) => (o.insecure = on)),
  include: flag((o, on) => (o.include = on)),
  head: flag((o, on) => (o.head = on)),
  verbose: flag((o, on) => (o.verbose = on)),
  location: flag((o, on) => (o.location = on)),
  get: flag((o, on) => (o.get = on)),
  globoff: flag((o, on) => (o.globbing = !on)),
  ipv4: flag((o, on) => (o.ipv6Only = o.ipv6Only && !on)),
  ipv6: flag((o, on) => (o.ipv6Only = on)),
  "http1.1": nothing,
  buffer: nothing,
  "progress-meter": nothing,
  "progress-bar": nothing,
  keepalive: nothing,
  "tcp-nodelay": nothing,
  alpn: nothing,
  disable: nothing,
  tlsv1: nothing,
  "tlsv1.2": nothing,
  output: value((o, v) => o.outputs.push(v)),
  "write-out": value((o, v) => (o.writeOut = v.startsWith("@") ? undefined : v)),
  "max-time": value((o, v, shown) => (o.maxTimeMs = toMilliseconds(v, shown))),
  "connect-timeout": value((o, v, shown) => (o.connectTimeoutMs = toMilliseconds(v, shown))),
  cacert: value((o, v) => (o.caFile = v)),
  header: value((o, v) => (v.startsWith("@") ? o.warnings.push(`Failed to open ${v.slice(1)}!`) : o.headers.push(v))),
  "user-agent": value((o, v) => (o.userAgent = v)),
  referer: value((o, v) => (o.referer = v)),
  user: value((o, v) => (o.credentials = v.includes(":") ? v : `${v}:`)),
  request: value((o, v) => (o.method = v)),
  data: value((o, v) => addData(o, readData(o, v))),
  "data-ascii": value((o, v) => addData(o, readData(o, v))),
  "data-binary": value((o, v) => addData(o, readData(o, v))),
  "data-raw": value((o, v) => addData(o, v)),
  "data-urlencode": value((o, v) => addData(o, encodeData(v))),
  json: value((o, v) => {
    o.json = true;
    o.data = (o.data ?? "") + readData(o, v);
  }),
  "dump-header": value((o, v) => (o.dumpHeader = v)),
  "max-redirs": value((o, v, shown) => (o.maxRedirects = Math.max(-1, toNumber(v, shown)))),
  resolve: value((o, v) => o.resolve.push(v)),
  "connect-to": value((o, v) => o.connectTo.push(v)),
  retry: value((_, v, shown) => void toPositiveNumber(v, shown)),
  url: value((o, v) => o.urls.push(v)),
};

const SHORT: Record<string, string> = {
  s: "silent",
  S: "show-error",
  f: "fail",
  k: "insecure",
  i: "include",
  I: "head",
  v: "verbose",
  L: "location",
  G: "get",
  g: "globoff",
  "4": "ipv4",
  "6": "ipv6",
  N: "no-buffer",
  "#": "progress-bar",
  q: "disable",
  "1": "tlsv1",
  o: "output",
  w: "write-out",
  m: "max-time",
  H: "header",
  A: "user-agent",
  e: "referer",
  u: "user",
  X: "request",
  d: "data",
  D: "dump-header",
  V: "version",
  h: "help",
};

/** Options of the real curl that the lab's does not have: said as such, not as a typing mistake. */
const ELSEWHERE = new Set(
  (
    "compressed http1.0 http2 http2-prior-knowledge http3 proxy noproxy socks5 upload-file form cookie cookie-jar config remote-name " +
    "cert key pass unix-socket range parallel next interface tlsv1.3 tls-max ciphers capath trace trace-ascii stderr proto netrc digest ntlm " +
    "retry-delay retry-max-time retry-all-errors retry-connrefused limit-rate create-dirs continue-at post301 post302 post303 path-as-is"
  ).split(" "),
);
const ELSEWHERE_SHORT: Record<string, true> = {
  x: true,
  T: true,
  F: true,
  b: true,
  c: true,
  K: true,
  O: true,
  E: true,
  r: true,
  Z: true,
  C: true,
  J: true,
  R: true,
};

function defaults(): CurlOptions {
  return {
    urls: [],
    outputs: [],
    silent: false,
    showError: false,
    fail: "never",
    insecure: false,
    headers: [],
    json: false,
    get: false,
    head: false,
    include: false,
    verbose: false,
    location: false,
    maxRedirects: 50,
    resolve: [],
    connectTo: [],
    ipv6Only: false,
    globbing: true,
    warnings: [],
  };
}

/** `--no-x` turns off the flag x. A long name may not be cut short, unlike in curl, and `--x=value` is no option of curl's at all. */
function findOption(name: string): { option: Flag | Value; on: boolean } | undefined {
  const own = (key: string) => (Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined);
  const direct = own(name);
  if (direct) return { option: direct, on: true };
  const negated = name.startsWith("no-") ? own(name.slice(3)) : undefined;
  return negated?.kind === "flag" ? { option: negated, on: false } : undefined;
}

function unknown(shown: string, exists: boolean): CurlUsageError {
  return new CurlUsageError(exists ? `option ${shown}: the installed libcurl version doesn't support this` : `option ${shown}: is unknown`);
}

/**
 * Reads curl's command line (without the word curl), stopping at the first thing curl would stop at.
 * @throws CurlUsageError for an unknown option, a missing or unusable value
 */
export function parseCurlCommand(argv: readonly string[]): CurlCommand {
  const options = defaults();
  let optionsEnded = false;
  let next = 0;
  const take = (shown: string): string => {
    const taken = argv[next++];
    if (taken === undefined) throw new CurlUsageError(`option ${shown}: requires parameter`);
    return taken;
  };
  /** @returns a command that ends the reading: help or version */
  const apply = (name: string, shown: string, exists: boolean, attached?: string): CurlCommand | undefined => {
    if (name === "version") return { kind: "version" };
    if (name === "help") return { kind: "help", category: attached ?? argv[next] };
    const found = findOption(name);
    if (!found) throw unknown(shown, exists);
    if (found.option.kind === "flag") found.option.set(options, found.on);
    else found.option.set(options, attached ?? take(shown), shown);
    return undefined;
  };

  while (next < argv.length) {
    const word = argv[next++] ?? "";
    if (optionsEnded || !word.startsWith("-")) {
      options.urls.push(word);
    } else if (word === "--") {
      optionsEnded = true;
    } else if (word.startsWith("--")) {
      const name = word.slice(2);
      const ended = apply(name, word, ELSEWHERE.has(name.replace(/^no-/, "")));
      if (ended) return ended;
    } else if (word === "-") {
      throw unknown(word, false);
    } else {
      const ended = applyShort(word.slice(1), apply);
      if (ended) return ended;
    }
  }
  return { kind: "transfer", options };
}

/** `-sSk`, `-m5`, `-sSm 5`: flags one after another until one takes a value, which is the rest of the word or the next one. */
function applyShort(
  letters: string,
  apply: (name: string, shown: string, exists: boolean, attached?: string) => CurlCommand | undefined,
): CurlCommand | undefined {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? "";
    const name = Object.hasOwn(SHORT, letter) ? SHORT[letter] : undefined;
    const rest = letters.slice(at + 1);
    const takesValue = name !== undefined && findOption(name)?.option.kind === "value";
    const ended = apply(name ?? letter, `-${letter}`, letter in ELSEWHERE_SHORT, takesValue && rest ? rest : undefined);
    if (ended || takesValue) return ended;
  }
  return undefined;
}
