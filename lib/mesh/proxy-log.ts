/** One line of a sidecar's access log, as far as it could be read; what stands as `-` is null. */
export interface ProxyLogLine {
  /** Epoch ms. */
  startedAt: number | null;
  /** `GET / HTTP/1.1`; null for a connection that no request came of. */
  request: string | null;
  /** 0 when nothing was answered. */
  code: number;
  /** Envoy's response flags, `NR`, `UC`, … */
  flags: string[];
  details: string | null;
  /** `address:port` that was dialled, and whose connection it was. */
  downstreamLocal: string | null;
  downstreamRemote: string | null;
  /** The TLS server name the caller asked for. Between sidecars `outbound_.<port>_.<subset>_.<host>`; null on plaintext. */
  requestedServerName: string | null;
}

const MAX_LINE = 16_384;
/** Fields after the last quoted one: upstream cluster, upstream local, downstream local, downstream remote, requested server name, route name. */
const TAIL_FIELDS = 6;
const HEAD = /\[([^\]\s]{10,40})\] "([^"]*)" (\d{1,3}) (\S{1,64}) (\S{1,1024}) /;

/**
 * Reads Istio's default text format (pilot/pkg/model/telemetry_logging.go EnvoyTextLogFormat); a time stamp that `kubectl logs --timestamps` puts
 * before it does not disturb. Paths and headers are the caller's own words and may hold anything, so the addresses and the server name are
 * counted from the end of the line, behind them.
 * @returns null for a line of another kind (start-up messages, JSON, formats of one's own)
 */
export function parseProxyLogLine(line: string): ProxyLogLine | null {
  if (line.length > MAX_LINE) return null;
  const head = HEAD.exec(line);
  if (head === null) return null;
  const [, time = "", request = "", code = "", flags = "", details = ""] = head;
  const tail = line
    .slice(line.lastIndexOf('"') + 1)
    .trim()
    .split(/\s+/);
  if (tail.length !== TAIL_FIELDS) return null;
  const [, , downstreamLocal, downstreamRemote, requestedServerName] = tail;
  const startedAt = Date.parse(time);
  return {
    startedAt: Number.isNaN(startedAt) ? null : startedAt,
    request: request === "- - -" ? null : request,
    code: Number(code),
    flags: flags === "-" ? [] : flags.split(","),
    details: toField(details),
    downstreamLocal: toField(downstreamLocal),
    downstreamRemote: toField(downstreamRemote),
    requestedServerName: toField(requestedServerName),
  };
}

/** A connection that no filter chain accepted: how a STRICT sidecar logs the plaintext it turned away. */
export function isRefusalLine({ code, flags }: ProxyLogLine): boolean {
  return code === 0 && flags.includes("NR");
}

/** Whether the server name is one that only a mesh client asks for. */
export function isMeshServerName(name: string | null): boolean {
  return name?.startsWith("outbound_") ?? false;
}

function toField(text: string | undefined): string | null {
  return text === undefined || text === "-" || text === "" ? null : text;
}
