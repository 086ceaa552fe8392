/** One line of a proxy's access log, by the fields of Istio's default text format (istio `pilot/pkg/model/telemetry_logging.go`, EnvoyTextLogFormat). */
export interface AccessLogEntry {
  /** ms since the epoch. */
  startTime: number;
  /** Undefined for a connection without an HTTP request. */
  request: { method: string; path: string; protocol: string } | undefined;
  /** 0 when nothing was answered. */
  responseCode: number;
  /** Envoy's response flags, "-" for none. */
  flags: string;
  responseCodeDetails?: string;
  upstreamTransportFailure?: string;
  bytesReceived: number;
  bytesSent: number;
  /** ms, whole. */
  duration: number;
  upstreamServiceTime?: number;
  forwardedFor?: string;
  userAgent?: string;
  requestId?: string;
  authority?: string;
  upstreamHost?: string;
  /** Written with the `;` that newer Envoys put after it. */
  upstreamCluster?: string;
  upstreamLocalAddress?: string;
  downstreamLocalAddress: string;
  downstreamRemoteAddress: string;
  /** The SNI of the caller's TLS; a mesh caller's names port and service, and its presence tells mutual TLS from plaintext. */
  requestedServerName?: string;
  routeName?: string;
}

export function formatAccessLog(entry: AccessLogEntry): string {
  const { request } = entry;
  const requestLine = request ? `${request.method} ${request.path} ${request.protocol}` : "- - -";
  return [
    `[${new Date(entry.startTime).toISOString()}]`,
    quoted(requestLine),
    entry.responseCode,
    entry.flags,
    entry.responseCodeDetails ?? "-",
    // Connection termination details: the lab ends no connection for a reason Envoy would name.
    "-",
    quoted(entry.upstreamTransportFailure),
    entry.bytesReceived,
    entry.bytesSent,
    entry.duration,
    entry.upstreamServiceTime ?? "-",
    quoted(entry.forwardedFor),
    quoted(entry.userAgent),
    quoted(entry.requestId),
    quoted(entry.authority),
    quoted(entry.upstreamHost),
    entry.upstreamCluster ? `${entry.upstreamCluster};` : "-",
    entry.upstreamLocalAddress ?? "-",
    entry.downstreamLocalAddress,
    entry.downstreamRemoteAddress,
    entry.requestedServerName ?? "-",
    entry.routeName ?? "-",
  ].join(" ");
}

/** A caller chooses paths and header values; a line break or a quote in one must not make a line of its own. */
function quoted(text: string | undefined): string {
  if (text === undefined) return '"-"';
  return `"${text.replace(/["\\\p{Cc}]/gu, (character) => `\\x${character.codePointAt(0)?.toString(16).padStart(2, "0")}`)}"`;
}
