import type { IncomingHttpHeaders } from "node:http";
import type { AccessLogEntry } from "./access-log";

/** The request headers that Istio's log format has fields for. */
export function loggedHeaders(headers: IncomingHttpHeaders): Pick<AccessLogEntry, "forwardedFor" | "userAgent" | "requestId" | "authority"> {
  return {
    forwardedFor: headerText(headers, "x-forwarded-for"),
    userAgent: headers["user-agent"],
    requestId: headerText(headers, "x-request-id"),
    authority: headers.host,
  };
}

export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
