import type { JsonObject } from "./json";
import { badRequest } from "./status";

/**
 * kubectl's typed commands (`create namespace`, `auth can-i`, …) send protobuf and do not fall back to JSON. This reads the envelope
 * (magic `k8s\0`, then runtime.Unknown) and the few messages such commands send, by the field numbers of the API's generated.proto files.
 */
const MAGIC = Buffer.from("k8s\0");

type Field = Uint8Array | number;
type Fields = ReadonlyMap<number, readonly Field[]>;

const cannotDecode = (why: string) => badRequest(`unable to decode the protobuf body: ${why}`);

function parseMessage(bytes: Uint8Array): Fields {
  const fields = new Map<number, Field[]>();
  let offset = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[offset++];
      if (byte === undefined) throw cannotDecode("unexpected EOF");
      // Numbers here are tags and lengths, far below 2^53; multiplication avoids the 32 bits of <<.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw cannotDecode("varint overflow");
  };
  const take = (length: number): Uint8Array => {
    if (offset + length > bytes.length) throw cannotDecode("unexpected EOF");
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  while (offset < bytes.length) {
    const tag = readVarint();
    const wireType = tag % 8;
    const field = wireType === 0 ? readVarint() : wireType === 2 ? take(readVarint()) : wireType === 1 ? take(8) : wireType === 5 ? take(4) : undefined;
    if (field === undefined) throw cannotDecode(`wire type ${wireType}`);
    const number = Math.floor(tag / 8);
    fields.set(number, [...(fields.get(number) ?? []), field]);
  }
  return fields;
}

function toBytes(fields: Fields, number: number): Uint8Array | undefined {
  const field = fields.get(number)?.at(-1);
  return typeof field === "number" ? undefined : field;
}

function toText(fields: Fields, number: number): string | undefined {
  const bytes = toBytes(fields, number);
  return bytes && bytes.length > 0 ? new TextDecoder().decode(bytes) : undefined;
}

function toStringMap(fields: Fields, number: number): Record<string, string> | undefined {
  const entries = (fields.get(number) ?? []).map((entry): [string, string] => {
    const pair = parseMessage(typeof entry === "number" ? new Uint8Array() : entry);
    return [toText(pair, 1) ?? "", toText(pair, 2) ?? ""];
  });
  return entries.length > 0 ? Object.fromEntries(entries.filter(([key]) => key !== "__proto__")) : undefined;
}

/** The fields that are set, by name. */
function toObject(fields: Fields, names: Record<string, number>): JsonObject {
  return withoutUndefined(Object.fromEntries(Object.entries(names).map(([name, number]) => [name, toText(fields, number)])));
}

function withoutUndefined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function toMetadata(bytes: Uint8Array | undefined): JsonObject {
  const fields = parseMessage(bytes ?? new Uint8Array());
  return withoutUndefined({
    ...toObject(fields, { name: 1, generateName: 2, namespace: 3 }),
    labels: toStringMap(fields, 11),
    annotations: toStringMap(fields, 12),
  });
}

const toAccessReviewSpec = (fields: Fields): JsonObject => {
  const [resource, path] = [toBytes(fields, 1), toBytes(fields, 2)];
  return withoutUndefined({
    resourceAttributes: resource && toObject(parseMessage(resource), { namespace: 1, verb: 2, group: 3, version: 4, resource: 5, subresource: 6, name: 7 }),
    nonResourceAttributes: path && toObject(parseMessage(path), { path: 1, verb: 2 }),
  });
};

/** What each kind has beside its metadata (field 1). */
const CONTENT: Record<string, (message: Fields) => JsonObject> = {
  Namespace: () => ({}),
  ServiceAccount: () => ({}),
  ConfigMap: (message) => withoutUndefined({ data: toStringMap(message, 2) }),
  SelfSubjectAccessReview: (message) => ({ spec: toAccessReviewSpec(parseMessage(toBytes(message, 2) ?? new Uint8Array())) }),
  SelfSubjectRulesReview: (message) => ({ spec: toObject(parseMessage(toBytes(message, 2) ?? new Uint8Array()), { namespace: 1 }) }),
  SelfSubjectReview: () => ({}),
};

/** @returns the object as JSON would have brought it @throws StatusError 400 */
export function decodeProtobuf(body: Uint8Array): JsonObject {
  if (!Buffer.from(body.subarray(0, MAGIC.length)).equals(MAGIC)) throw cannotDecode("provided data does not appear to be a protobuf message");
  const envelope = parseMessage(body.subarray(MAGIC.length));
  const type = toObject(parseMessage(toBytes(envelope, 1) ?? new Uint8Array()), { apiVersion: 1, kind: 2 });
  const toContent = typeof type.kind === "string" && Object.hasOwn(CONTENT, type.kind) ? CONTENT[type.kind] : undefined;
  if (!toContent) throw cannotDecode(`the lab reads no ${String(type.kind)} in protobuf; send it as JSON or YAML`);
  const message = parseMessage(toBytes(envelope, 2) ?? new Uint8Array());
  return { ...type, metadata: toMetadata(toBytes(message, 1)), ...toContent(message) };
}
