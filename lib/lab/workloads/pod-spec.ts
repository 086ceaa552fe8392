import { z } from "zod";
import type { KubeObject } from "../objects";

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string().default(""),
  args: z.array(z.string()).nullish(),
  command: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).nullish(),
  ports: z.array(z.looseObject({ containerPort: z.number(), name: z.string().optional() })).nullish(),
});
export type Container = z.infer<typeof containerSchema>;

const templateSchema = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).nullish(), annotations: z.record(z.string(), z.string()).nullish() }).nullish(),
  spec: z.looseObject({ serviceAccountName: z.string().optional(), containers: z.array(containerSchema) }),
});
export interface PodTemplate {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  spec: z.infer<typeof templateSchema>["spec"];
}

const deploymentSchema = z.object({
  replicas: z.number().nullish(),
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).nullish() }),
  template: templateSchema,
});

export interface DeploymentSpec {
  replicas: number;
  selector: Readonly<Record<string, string>>;
  template: PodTemplate;
}

/** @returns undefined for a Deployment this cluster cannot run, which then simply has no pods */
export function parseDeploymentSpec(deployment: KubeObject): DeploymentSpec | undefined {
  const parsed = deploymentSchema.safeParse(deployment.spec);
  if (!parsed.success) return undefined;
  const { replicas, selector, template } = parsed.data;
  return {
    replicas: replicas ?? 1,
    selector: selector.matchLabels ?? {},
    template: { labels: template.metadata?.labels ?? {}, annotations: template.metadata?.annotations ?? {}, spec: template.spec },
  };
}

/** @returns undefined for a pod this cluster cannot run */
export function parsePodTemplate({ metadata, spec }: KubeObject): PodTemplate | undefined {
  const parsed = templateSchema.shape.spec.safeParse(spec);
  return parsed.success ? { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec: parsed.data } : undefined;
}

export function parseContainers(pod: KubeObject): Container[] {
  const parsed = z.object({ containers: z.array(containerSchema) }).safeParse(pod.spec);
  return parsed.success ? parsed.data.containers : [];
}

export function environmentOf({ env }: Container): Record<string, string> {
  return Object.fromEntries((env ?? []).map(({ name, value }) => [name, value ?? ""]));
}
