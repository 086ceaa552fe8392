import type { DataPlane } from "../data-plane";
import type { KubeObject, ResourceKey } from "../objects";
import type { LabStore } from "./store";

/** Who a bearer token stands for. `view` reads everything but secrets, `admin` does everything. */
export interface TokenOwner {
  user: string;
  groups: string[];
  access: "admin" | "view";
}

/** `GET /version`; the fields of apimachinery `version.Info` that clients read. */
export interface VersionInfo {
  major: string;
  minor: string;
  gitVersion: string;
}

export interface ApiContext {
  store: LabStore;
  dataPlane: DataPlane;
  tokens: ReadonlyMap<string, TokenOwner>;
  version: VersionInfo;
  /** Admission: what is done to a new object before it is validated and stored (the sidecar injector's webhook). */
  admit?(resource: ResourceKey, object: KubeObject): KubeObject;
}
