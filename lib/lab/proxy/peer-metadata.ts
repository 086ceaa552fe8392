import { z } from "zod";
import type { Workload } from "./workload";

/** What a proxy tells its peer about the workload it serves. */
export interface PeerMetadata {
  workload: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

/** Istio's HTTP metadata exchange: a sidecar's outbound side adds this header, the inbound side of the next one takes it off. */
export const PEER_METADATA_HEADER = "x-envoy-peer-metadata";

const schema = z.object({ workload: z.string(), namespace: z.string(), labels: z.record(z.string(), z.string()) });

/** Base64 like Istio's, with JSON inside where Istio has a protobuf Struct: only the lab's own proxies read it. */
export function encodePeerMetadata({ name, namespace, labels }: Workload): string {
  return Buffer.from(JSON.stringify({ workload: name, namespace, labels } satisfies PeerMetadata)).toString("base64");
}

/** The few peers of a mesh send the same text with each request. */
const parsed = new Map<string, PeerMetadata | undefined>();
const REMEMBERED = 200;

/** @returns undefined for a caller that sent none, or something else */
export function parsePeerMetadata(header: string | undefined): PeerMetadata | undefined {
  if (!header) return undefined;
  if (!parsed.has(header)) {
    if (parsed.size >= REMEMBERED) parsed.clear();
    parsed.set(header, decodePeerMetadata(header));
  }
  return parsed.get(header);
}

function decodePeerMetadata(header: string): PeerMetadata | undefined {
  try {
    const result = schema.safeParse(JSON.parse(Buffer.from(header, "base64").toString()));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
