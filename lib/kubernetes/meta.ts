import { z } from "zod";

/** Metadata as the API server sends it; what is missing or of another type counts as absent. */
const labels = z.record(z.string(), z.string()).catch({});

export const metaShape = z.object({
  name: z.string().min(1),
  namespace: z.string().catch(""),
  uid: z.string().catch(""),
  resourceVersion: z.string().catch(""),
  creationTimestamp: z.string().catch(""),
  labels,
  annotations: labels,
});

export const labelShape = labels;

/** RFC 3339 in whole seconds, as the API server stamps it; epoch ms, 0 when it cannot be read. */
export function toEpoch(timestamp: string): number {
  const epoch = Date.parse(timestamp);
  return Number.isNaN(epoch) ? 0 : epoch;
}
