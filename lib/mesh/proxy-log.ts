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
  /** Whether the format has a field for x-request-id; without one a line does not tell which call it is about. */
  namesRequest: boolean;
}

const MAX_LINE = 16_384;
const MAX_TIMESTAMP = 40;
/** Fields after the last quoted one: upstream cluster, upstream local, downstream local, downstream remote, requested server name, route name. */
const TAIL_FIELDS = 6;
const HEAD = /\[([^\]\s]{10,40})\] "([^"]*)" (\d{1,3}) (\S{1,64}) (\S{1,1024}) /;

/**
 * Reads Istio's default text format (pilot/pkg/model/telemetry_logging.go EnvoyTextLogFormat); a time stamp that `kubectl logs --timestamps` puts
 * before it does not disturb. Paths and headers are the caller's own words and may hold anything, so the addresses and the server name are
 * counted from the end of the line, behind them.
 * JSON is read by the names of Istio's own JSON format (EnvoyJSONLogFormatIstio) and by short ones that people give the same fields.
 * @returns null for a line of another kind (start-up messages, formats of one's own)
 */
export function parseProxyLogLine(line: string): ProxyLogLine | null {
  if (line.length > MAX_LINE) return null;
  // `kubectl logs --timestamps` puts its own time before the object.
  const brace = line.indexOf("{");
  if (brace >= 0 && brace <= MAX_TIMESTAMP && line.trimEnd().endsWith("}")) return parseJsonLine(line.slice(brace));
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
    namesRequest: true,
  };
}

function parseJsonLine(text: string): ProxyLogLine | null {
  const fields = readObject(text);
  if (fields === null) return null;
  const field = (...names: string[]): string | null => {
    const value = names.map((name) => fields[name]).find((each) => each !== undefined && each !== null);
    return typeof value === "string" ? toField(value) : typeof value === "number" ? String(value) : null;
  };
  const code = field("response_code", "code");
  const remote = field("downstream_remote_address", "downstream_remote", "downstream");
  // Without these two it is some other program's JSON.
  if (code === null || remote === null || !/^\d{1,3}$/.test(code)) return null;
  const flags = field("response_flags", "flags")?.split(",") ?? [];
  // A format that leaves the server name out cannot tell plaintext from mutual TLS.
  const namesServer = "requested_server_name" in fields || "sni" in fields;
  if (!namesServer && !isRefusalLine({ code: Number(code), flags })) return null;
  const [method, path, protocol] = [field("method"), field("path"), field("protocol")];
  const startedAt = Date.parse(field("start_time", "start") ?? "");
  return {
    startedAt: Number.isNaN(startedAt) ? null : startedAt,
    request: method === null ? null : [method, path ?? "-", protocol ?? "-"].join(" "),
    code: Number(code),
    flags,
    details: field("response_code_details", "details"),
    downstreamLocal: field("downstream_local_address", "downstream_local"),
    downstreamRemote: remote,
    requestedServerName: field("requested_server_name", "sni"),
    namesRequest: Object.keys(fields).some((name) => /request[_-]?id/i.test(name)),
  };
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A connection that no filter chain accepted: how a STRICT sidecar logs the plaintext it turned away. */
export function isRefusalLine({ code, flags }: Pick<ProxyLogLine, "code" | "flags">): boolean {
  return code === 0 && flags.includes("NR");
}

/** Whether the server name is one that only a mesh client asks for. */
export function isMeshServerName(name: string | null): boolean {
  return name?.startsWith("outbound_") ?? false;
}

function toField(text: string | undefined): string | null {
  return text === undefined || text === "-" || text === "" ? null : text;
}
