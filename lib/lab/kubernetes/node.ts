import type { KubeManifest } from "../objects";
import type { VersionInfo } from "./api-context";
import { toTimestamp } from "./time";

export const NODES = { group: "", plural: "nodes" };

/** The one node every pod of the lab runs on. */
export const NODE_NAME = "padlock-lab";

/** @param address of the machine as pods see it, 127.x.y.z */
export function toNode(address: string, version: VersionInfo, now: Date): KubeManifest {
  const since = toTimestamp(now);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: NODE_NAME, labels: { "kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux", "node-role.kubernetes.io/control-plane": "" } },
    spec: {},
    status: {
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: NODE_NAME },
      ],
      conditions: [
        { type: "Ready", status: "True", lastHeartbeatTime: since, lastTransitionTime: since, reason: "KubeletReady", message: "the lab is running" },
      ],
      nodeInfo: {
        kubeletVersion: version.gitVersion,
        osImage: "Padlock's embedded lab",
        kernelVersion: process.version,
        containerRuntimeVersion: `node://${process.versions.node}`,
        operatingSystem: "linux",
        architecture: process.arch,
      },
    },
  };
}
