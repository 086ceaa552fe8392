import { createHash } from "node:crypto";
import { GROUPS } from "./discovery";
import { RESOURCES, type ResourceDefinition, toGroupVersion } from "./resources";
import type { Schema } from "./schema";

/**
 * OpenAPI v3, as much as kubectl reads: to `apply` it looks for a `patch` operation of the kind that takes `fieldValidation`, to `explain`
 * it follows a kind's schema. Built-in kinds are open objects here; the lab does not check what is inside them.
 */
const OPEN_OBJECT = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const METADATA_KEY = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const toDocumentPath = (group: string, version: string) => (group === "" ? `api/${version}` : `apis/${group}/${version}`);

function toGroupVersions(): { group: string; version: string }[] {
  return [{ group: "", version: "v1" }, ...GROUPS.flatMap(({ group, versions }) => versions.map((version) => ({ group, version })))];
}

/** `GET /openapi/v3`: where each group-version's document is, with a hash that changes when it does. */
export function toOpenApiIndex() {
  const entries = toGroupVersions().map(({ group, version }) => {
    const hash = createHash("sha256")
      .update(JSON.stringify(findOpenApiDocument(group, version)))
      .digest("hex")
      .toUpperCase();
    const path = toDocumentPath(group, version);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

/** `GET /openapi/v3/apis/<group>/<version>`; undefined for what is not served. */
export function findOpenApiDocument(group: string, version: string) {
  if (!toGroupVersions().some((served) => served.group === group && served.version === version)) return undefined;
  const definitions = RESOURCES.filter((definition) => definition.group === group && definition.versions.includes(version));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.35.4" },
    paths: Object.fromEntries(definitions.flatMap((definition) => toPaths(definition, version))),
    components: {
      schemas: {
        [METADATA_KEY]: { description: "Name, labels, annotations and what the server keeps about an object.", ...OPEN_OBJECT },
        ...Object.fromEntries(definitions.map((definition) => [toSchemaKey(definition, version), toKindSchema(definition, version)])),
      },
    },
  };
}

function toSchemaKey({ group, kind }: ResourceDefinition, version: string): string {
  const domain = group === "" ? ["io.k8s.api.core"] : group.split(".").reverse();
  return [...domain, version, kind].join(".");
}

function toKindSchema(definition: ResourceDefinition, version: string) {
  const { group, kind, customSpec } = definition;
  const text = (description: string) => ({ type: "string", description });
  return {
    description: customSpec?.description ?? `A ${kind}.`,
    type: "object",
    properties: {
      apiVersion: text("Version of the schema of this object."),
      kind: text("Kind of this object."),
      metadata: { allOf: [{ $ref: `#/components/schemas/${METADATA_KEY}` }], description: "Standard object metadata." },
      spec: customSpec ? toOpenApiSchema(customSpec) : OPEN_OBJECT,
      status: OPEN_OBJECT,
    },
    ...(customSpec ? {} : { "x-kubernetes-preserve-unknown-fields": true }),
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
  };
}

function toOpenApiSchema({ preserveUnknownFields, rules, properties, additionalProperties, items, ...rest }: Schema): object {
  return {
    ...rest,
    ...(properties ? { properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, toOpenApiSchema(schema)])) } : {}),
    ...(additionalProperties ? { additionalProperties: toOpenApiSchema(additionalProperties) } : {}),
    ...(items ? { items: toOpenApiSchema(items) } : {}),
    ...(preserveUnknownFields ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
  };
}

const OPERATIONS = { get: "get", put: "update", patch: "patch", delete: "delete", post: "create" } as const;

/** The collection's and the object's path with the operations the resource allows. */
function toPaths(definition: ResourceDefinition, version: string): [string, object][] {
  const { group, plural, kind, namespaced, verbs } = definition;
  const collection = `/${toDocumentPath(group, version)}/${namespaced ? "namespaces/{namespace}/" : ""}${plural}`;
  const text = (name: string, where: "query" | "path", description: string) => ({
    name,
    in: where,
    description,
    required: where === "path",
    schema: { type: "string", uniqueItems: true },
  });
  const writeParameters = [
    text("dryRun", "query", "All: do everything but store."),
    text("fieldManager", "query", "Name of the one who writes."),
    text("fieldValidation", "query", "What to do about unknown fields: Ignore, Warn or Strict."),
  ];
  const content = { "application/json": { schema: { $ref: `#/components/schemas/${toSchemaKey(definition, version)}` } } };
  const toOperation = (method: keyof typeof OPERATIONS) => ({
    "x-kubernetes-action": method,
    "x-kubernetes-group-version-kind": { group, version, kind },
    operationId: `${method}_${toGroupVersion(group, version)}_${plural}`.replaceAll(/[^A-Za-z0-9]+/g, "_"),
    ...(method === "get" ? {} : { parameters: writeParameters }),
    responses: { 200: { description: "OK", content } },
  });
  const operations = (...methods: (keyof typeof OPERATIONS)[]) =>
    Object.fromEntries(methods.filter((method) => verbs.includes(OPERATIONS[method])).map((method) => [method, toOperation(method)]));
  const pathParameters = namespaced ? [text("namespace", "path", "Namespace of the object.")] : [];
  return [
    [collection, { ...operations("get", "post"), parameters: pathParameters }],
    [`${collection}/{name}`, { ...operations("get", "put", "patch", "delete"), parameters: [text("name", "path", "Name of the object."), ...pathParameters] }],
  ];
}
