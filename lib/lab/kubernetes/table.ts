import type { KubeObject } from "../objects";
import { toColumns } from "./columns";
import { type ResourceDefinition, toVersion } from "./resources";
import { badRequest } from "./status";

export type IncludeObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  includeObject: IncludeObject;
  /** In a watch only the first table carries the column definitions. */
  withColumns: boolean;
  now: Date;
}

/** @throws StatusError 400 */
export function parseIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === "") return "Metadata";
  if (value !== "None" && value !== "Metadata" && value !== "Object") throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
  return value;
}

export function toPartialMetadata({ metadata }: KubeObject) {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

/** meta.k8s.io/v1 Table, which is what kubectl prints. @param metadata of the list, or the object's resourceVersion */
export function toTable(definition: ResourceDefinition, version: string, objects: readonly KubeObject[], metadata: object, options: TableOptions) {
  const columns = toColumns(definition);
  const toRowObject = (object: KubeObject) => {
    if (options.includeObject === "None") return null;
    return options.includeObject === "Metadata" ? toPartialMetadata(object) : toVersion(definition, version, object);
  };
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: options.withColumns
      ? columns.map(({ name, type, format = "", description, priority }) => ({ name, type, format, description, priority }))
      : null,
    rows: objects.map((object) => ({ cells: columns.map((column) => column.toCell(object, options.now)), object: toRowObject(object) })),
  };
}
