import { stringify } from "yaml";
import { notAcceptable, type StatusError } from "./status";

/** What a client wants to see: the object itself, kubectl's table, or only metadata. */
export interface Representation {
  format: "json" | "yaml";
  as: "object" | "table" | "metadata";
}

const ACCEPTED = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

interface MediaType {
  type: string;
  parameters: ReadonlyMap<string, string>;
}

export function parseMediaTypes(header: string): MediaType[] {
  return header
    .split(",")
    .map((part) => part.split(";").map((word) => word.trim()))
    .map(([type = "", ...parameters]) => ({
      type: type.toLowerCase(),
      parameters: new Map(
        parameters.map((parameter): [string, string] => [parameter.split("=")[0]?.trim() ?? "", parameter.split("=").slice(1).join("=").trim()]),
      ),
    }));
}

/**
 * Takes the first of the client's media types that can be written. Protobuf is passed over (every client that asks for it also takes JSON).
 * @throws StatusError 406
 */
export function negotiate(accept: string | null): Representation {
  if (!accept) return { format: "json", as: "object" };
  for (const { type, parameters } of parseMediaTypes(accept)) {
    const format = type === "application/yaml" ? "yaml" : ["application/json", "application/*", "*/*"].includes(type) ? "json" : undefined;
    if (!format) continue;
    const as = parameters.get("as");
    if (as === undefined) return { format, as: "object" };
    if (parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") continue;
    if (as === "Table") return { format, as: "table" };
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { format, as: "metadata" };
  }
  throw notAcceptable(ACCEPTED);
}

const NO_CACHE = { "cache-control": "no-cache, private" };

/** @param warnings shown by kubectl, one Warning header (RFC 7234, code 299) each */
export function toResponse(status: number, body: unknown, format: Representation["format"] = "json", warnings: readonly string[] = []): Response {
  const headers = new Headers({ ...NO_CACHE, "content-type": `application/${format}` });
  for (const warning of warnings) headers.append("warning", `299 - ${JSON.stringify(warning)}`);
  return new Response(format === "yaml" ? stringify(body) : JSON.stringify(body), { status, headers });
}

export function toTextResponse(status: number, text: string): Response {
  return new Response(text, { status, headers: { ...NO_CACHE, "content-type": "text/plain; charset=utf-8" } });
}

/** A body that goes on: watch events, followed logs. */
export function toStreamResponse(body: ReadableStream<Uint8Array>, contentType: string): Response {
  return new Response(body, { status: 200, headers: { ...NO_CACHE, "content-type": contentType } });
}

export function toErrorResponse(error: StatusError): Response {
  return toResponse(error.code, error.toStatus());
}
