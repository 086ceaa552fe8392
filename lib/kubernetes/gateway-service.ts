import { z } from "zod";
import { metaShape } from "./meta";

/** A Service as far as reaching it from outside the cluster goes. */
export interface OutsideService {
  namespace: string;
  name: string;
  selector: Record<string, string>;
  ports: { name: string | null; port: number; targetPort: number | string | null; nodePort: number | null }[];
  loadBalancer: { ip: string | null; hostname: string | null }[];
  externalIPs: string[];
}

const shape = z.object({
  metadata: metaShape,
  spec: z.object({
    selector: z.record(z.string(), z.string()).nullish(),
    externalIPs: z.array(z.string()).nullish(),
    ports: z
      .array(
        z.object({ name: z.string().nullish(), port: z.number(), targetPort: z.union([z.number(), z.string()]).nullish(), nodePort: z.number().nullish() }),
      )
      .nullish(),
  }),
  status: z
    .object({ loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().nullish(), hostname: z.string().nullish() })).nullish() }).nullish() })
    .nullish(),
});

/** @returns null when the object is no Service Padlock can read */
export function toOutsideService(object: unknown): OutsideService | null {
  const parsed = shape.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec, status } = parsed.data;
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    selector: spec.selector ?? {},
    ports: (spec.ports ?? []).map(({ name, port, targetPort, nodePort }) => ({
      name: name ?? null,
      port,
      targetPort: targetPort ?? null,
      nodePort: nodePort ?? null,
    })),
    loadBalancer: (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ({ ip: ip ?? null, hostname: hostname ?? null })),
    externalIPs: spec.externalIPs ?? [],
  };
}
