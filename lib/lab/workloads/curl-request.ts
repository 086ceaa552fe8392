import type { CurlOptions } from "./curl-options";
import { type CurlUrl, toHostHeader } from "./curl-url";

/** The release whose messages and habits are followed; the recorded calls of the real mesh were made with it. */
export const CURL_VERSION = "7.88.1";

/** A request as it goes on the wire: the headers in curl's order. */
export interface CurlRequest {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body?: Uint8Array;
}

/** `-H` in its three forms: `Name: value`, `Name:` (leave curl's own out), `Name;` (send it empty). */
function parseHeader(text: string): { name: string; value: string | undefined } | undefined {
  const found = /^([^:;\s]+)(?:(;)\s*|:\s*(.*?)\s*)$/.exec(text);
  if (!found?.[1]) return undefined;
  if (found[2]) return { name: found[1], value: "" };
  return { name: found[1], value: found[3] || undefined };
}

/**
 * Builds the request for one URL. A header given by `-H` takes the place of curl's own; Host stays in front, the others follow at the end.
 * @param resend what a redirect left of the request: the method it prescribes, and whether the body is sent again
 */
export function toCurlRequest(options: CurlOptions, url: CurlUrl, resend: { method: string; withBody: boolean }): CurlRequest {
  const given = options.headers.map(parseHeader).filter((header) => header !== undefined);
  const isGiven = (name: string) => given.some((header) => header.name.toLowerCase() === name);
  const host = given.find((header) => header.name.toLowerCase() === "host");
  const body = resend.withBody && options.data !== undefined && !options.get ? new TextEncoder().encode(options.data) : undefined;
  const credentials = options.credentials ?? url.credentials;
  const own: [string, string | undefined][] = [
    ["Authorization", credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`],
    ["User-Agent", options.userAgent ?? `curl/${CURL_VERSION}`],
    ["Accept", options.json ? undefined : "*/*"],
    ["Referer", options.referer],
  ];
  const headers: [string, string][] = [];
  if (!host) headers.push(["Host", toHostHeader(url)]);
  else if (host.value !== undefined) headers.push(["Host", host.value]);
  for (const [name, value] of own) if (value && !isGiven(name.toLowerCase())) headers.push([name, value]);
  if (options.json) for (const name of ["Content-Type", "Accept"]) if (!isGiven(name.toLowerCase())) headers.push([name, "application/json"]);
  for (const { name, value } of given) if (value !== undefined && name.toLowerCase() !== "host") headers.push([name, value]);
  if (body) {
    if (!isGiven("content-length")) headers.push(["Content-Length", String(body.length)]);
    if (!isGiven("content-type") && !options.json) headers.push(["Content-Type", "application/x-www-form-urlencoded"]);
  }
  return { method: resend.method, target: options.get && options.data ? withQuery(url.target, options.data) : url.target, headers, body };
}

/** `-G` moves the data into the query. */
function withQuery(target: string, data: string): string {
  if (!target.includes("?")) return `${target}?${data}`;
  return target.endsWith("?") || target.endsWith("&") ? target + data : `${target}&${data}`;
}

/** The method before any redirect. */
export function firstMethod(options: CurlOptions): string {
  if (options.method) return options.method;
  if (options.head) return "HEAD";
  return options.data !== undefined && !options.get ? "POST" : "GET";
}

/** The head of the request as text, each line with its CRLF; the last one is empty. */
export function toHeadLines(request: CurlRequest): string[] {
  return [`${request.method} ${request.target} HTTP/1.1\r\n`, ...request.headers.map(([name, value]) => `${name}:${value ? ` ${value}` : ""}\r\n`), "\r\n"];
}
