import { CurlError } from "./curl-error";

/** A URL as curl takes it: nearly as written, without the rewriting a browser does. */
export interface CurlUrl {
  scheme: "http" | "https";
  /** Without brackets for IPv6. */
  host: string;
  port: number;
  /** Path and query, beginning with `/`. */
  target: string;
  /** `user:password`, percent-decoded. */
  credentials?: string;
  /** What `%{url_effective}` shows. */
  text: string;
}

const DEFAULT_PORT = { http: 80, https: 443 } as const;
const SHAPE = /^(?:([a-z][a-z0-9+.-]*):\/{1,3})?(?:([^/?#]*)@)?(\[[0-9a-f:.]+\]|[^/?#:@[\]]+)(?::(\d*))?(\/[^?#]*)?(\?[^#]*)?(?:#.*)?$/i;

function malformed(): CurlError {
  return new CurlError(3, "URL using bad/illegal format or missing URL");
}

/** RFC 3986, 5.2.4; curl does it unless told `--path-as-is`. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment === "." || segment === "..") {
      if (last) kept.push("");
    } else kept.push(segment);
  });
  return `/${kept.join("/")}`;
}

/**
 * Reads a URL from the command line; no scheme means http.
 * @throws CurlError 3 for a malformed one, 1 for a protocol other than http and https
 */
export function parseCurlUrl(text: string): CurlUrl {
  if (/[\p{Cc} ]/u.test(text)) throw malformed();
  const found = SHAPE.exec(text);
  // `http:host` would otherwise read as a host named http with an empty port.
  if (!found || (found[1] === undefined && found[4] === "")) throw malformed();
  const [, schemeText = "http", userInfo, hostText = "", portText, path = "/", query = ""] = found;
  const scheme = schemeText.toLowerCase();
  if (scheme !== "http" && scheme !== "https") throw new CurlError(1, `Protocol "${schemeText}" not supported or disabled in libcurl`);
  const port = portText ? Number(portText) : DEFAULT_PORT[scheme];
  if (port > 65535) throw malformed();
  const encode = (part: string) => part.replace(/[^\p{ASCII}]+/gu, (run) => encodeURIComponent(run).toLowerCase());
  const target = removeDotSegments(encode(path)) + encode(query);
  const authority = portText ? `${hostText}:${port}` : hostText;
  let credentials: string | undefined;
  if (userInfo !== undefined) {
    try {
      credentials = decodeURIComponent(userInfo);
    } catch (error) {
      throw new CurlError(3, "URL using bad/illegal format or missing URL", { cause: error });
    }
    if (!credentials.includes(":")) credentials += ":";
  }
  return {
    scheme,
    host: hostText.replace(/^\[|\]$/g, ""),
    port,
    target,
    credentials,
    text: `${scheme}://${userInfo === undefined ? "" : `${userInfo}@`}${authority}${target}`,
  };
}

/** Where a `Location` header leads, seen from the page that sent it. @throws CurlError as parseCurlUrl does */
export function resolveLocation(base: CurlUrl, location: string): CurlUrl {
  const wanted = location.trim().replaceAll(" ", "%20");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(wanted)) return parseCurlUrl(wanted);
  try {
    return parseCurlUrl(new URL(wanted, base.text).href);
  } catch (error) {
    if (error instanceof CurlError) throw error;
    throw new CurlError(3, "URL using bad/illegal format or missing URL", { cause: error });
  }
}

/** The value of the `Host` header: the port only where it is not the scheme's own. */
export function toHostHeader(url: CurlUrl): string {
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  return url.port === DEFAULT_PORT[url.scheme] ? host : `${host}:${url.port}`;
}

/** Curl's URL globbing, `{a,b}` and `[1-5]` or `[01-10:3]`, `[a-e]`: one URL for each combination. @throws CurlError 3 */
export function expandGlob(pattern: string): string[] {
  // A bracket with a colon and hexadecimal digits alone is an IPv6 address.
  const found = /\{([^{}]*)\}|\[(?!(?=[^\]]*::?[^\]]*\])[0-9a-f:.]+\])([^[\]]*)\]/i.exec(pattern);
  if (!found) return [pattern];
  const before = pattern.slice(0, found.index);
  const values = found[1] !== undefined ? found[1].split(",") : expandRange(found[2] ?? "", found.index + 1, pattern);
  const rests = expandGlob(pattern.slice(found.index + found[0].length));
  return values.flatMap((value) => rests.map((rest) => before + value + rest));
}

/** No command line asks for more, and the lab must not be made to build a list of millions. */
const LARGEST_RANGE = 10_000;

function expandRange(range: string, position: number, pattern: string): string[] {
  const bad = () => new CurlError(3, `bad range in URL position ${position + 1}:\n${pattern}\n${" ".repeat(position)}^`);
  const found = /^(?:(\d+)-(\d+)|([a-z])-([a-z])|([A-Z])-([A-Z]))(?::(\d+))?$/.exec(range);
  if (!found) throw bad();
  const step = Number(found[7] ?? 1);
  const [low, high] = [found[3] ?? found[5], found[4] ?? found[6]];
  const from = low ? low.charCodeAt(0) : Number(found[1]);
  const to = high ? high.charCodeAt(0) : Number(found[2]);
  if (step < 1 || from > to || (to - from) / step > LARGEST_RANGE) throw bad();
  const width = low ? 0 : (found[1] ?? "").length;
  const values: string[] = [];
  for (let value = from; value <= to; value += step) values.push(low ? String.fromCharCode(value) : String(value).padStart(width, "0"));
  return values;
}
