/** What Envoy's tls_inspector reads from the first bytes of a TLS connection. */
export interface ClientHello {
  serverName: string | undefined;
  alpn: readonly string[];
}

const HANDSHAKE_RECORD = 0x16;
const RECORD_HEADER = 5;
const SERVER_NAME_EXTENSION = 0;
const ALPN_EXTENSION = 16;

export function looksLikeTls(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE_RECORD && bytes[1] === 0x03;
}

/** How many bytes must have come before the hello can be read: the first record whole. */
export function helloLength(bytes: Uint8Array): number {
  return bytes.length < RECORD_HEADER ? RECORD_HEADER : RECORD_HEADER + (((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0));
}

/**
 * Reads server name and ALPN from a ClientHello (RFC 8446, 4.1.2; RFC 6066, 3; RFC 7301, 3.1).
 * @returns undefined when the bytes are no ClientHello
 */
export function parseClientHello(record: Buffer): ClientHello | undefined {
  try {
    if (record[RECORD_HEADER] !== 1) return undefined;
    // Record header, handshake type and length (4), version (2), random (32).
    let at = RECORD_HEADER + 4 + 2 + 32;
    at += 1 + record.readUInt8(at); // session id
    at += 2 + record.readUInt16BE(at); // cipher suites
    at += 1 + record.readUInt8(at); // compression methods
    const end = at + 2 + record.readUInt16BE(at);
    at += 2;
    const hello: { serverName: string | undefined; alpn: string[] } = { serverName: undefined, alpn: [] };
    while (at + 4 <= end) {
      const type = record.readUInt16BE(at);
      const length = record.readUInt16BE(at + 2);
      const body = record.subarray(at + 4, at + 4 + length);
      if (type === SERVER_NAME_EXTENSION) hello.serverName = parseServerName(body);
      if (type === ALPN_EXTENSION) hello.alpn = parseAlpn(body);
      at += 4 + length;
    }
    return hello;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** List length (2), name type (1, 0 = host name), name length (2), name. */
function parseServerName(body: Buffer): string | undefined {
  return body.readUInt8(2) === 0 ? body.toString("latin1", 5, 5 + body.readUInt16BE(3)) : undefined;
}

function parseAlpn(body: Buffer): string[] {
  const names: string[] = [];
  for (let at = 2; at < body.length; ) {
    const length = body.readUInt8(at);
    names.push(body.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return names;
}
