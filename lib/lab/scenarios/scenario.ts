import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { type KubeManifest, RESOURCE, type ResourceKey, type Store } from "../objects";

/** A scenario file that cannot be used; the message names document and field. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

const RESOURCE_BY_KIND: Readonly<Record<string, ResourceKey>> = {
  Namespace: RESOURCE.namespaces,
  Service: RESOURCE.services,
  ServiceAccount: RESOURCE.serviceAccounts,
  ConfigMap: RESOURCE.configMaps,
  Secret: RESOURCE.secrets,
  Deployment: RESOURCE.deployments,
  PeerAuthentication: RESOURCE.peerAuthentications,
  DestinationRule: RESOURCE.destinationRules,
  Gateway: RESOURCE.gateways,
  VirtualService: RESOURCE.virtualServices,
};

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.record(z.string(), z.unknown()).optional(),
  data: z.record(z.string(), z.string()).optional(),
});

export interface ScenarioObject {
  resource: ResourceKey;
  manifest: KubeManifest;
}

/** @param text YAML documents, one Kubernetes object each @throws ScenarioError */
export function parseScenario(text: string): ScenarioObject[] {
  return parseAllDocuments(text).map((document, index) => {
    const [syntax] = document.errors;
    if (syntax) throw new ScenarioError(`document ${index + 1}: ${syntax.message}`, { cause: syntax });
    const parsed = manifestSchema.safeParse(document.toJS());
    if (!parsed.success) throw new ScenarioError(`document ${index + 1}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
    const resource = RESOURCE_BY_KIND[parsed.data.kind];
    if (!resource) throw new ScenarioError(`document ${index + 1}: the lab has no kind ${parsed.data.kind}`);
    return { resource, manifest: parsed.data };
  });
}

/** Puts a scenario's objects into the store, in the order of the file. */
export function loadScenario(store: Store, objects: readonly ScenarioObject[]): void {
  for (const { resource, manifest } of objects) store.put(resource, manifest);
}
