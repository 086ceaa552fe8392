import { isJsonObject } from "./json";
import type { Schema, SchemaRule } from "./schema";

/** Structure and rules of Istio's CRDs (manifests/charts/base/files/crd-all.gen.yaml), as far as the lab reads these kinds. */

const text = (description: string): Schema => ({ type: "string", description });
const open = (description: string): Schema => ({ type: "object", description, preserveUnknownFields: true });
const listOf = (items: Schema, description: string): Schema => ({ type: "array", items, description });

const keysOf = (value: unknown) => (isJsonObject(value) ? Object.keys(value) : []);
const rule = (message: string, isValid: SchemaRule["isValid"]): SchemaRule => ({ message, isValid });

const workloadSelector: Schema = {
  type: "object",
  description: "The workloads this applies to; without it, all workloads in scope.",
  properties: {
    matchLabels: {
      type: "object",
      description: "Labels a pod must carry.",
      additionalProperties: {
        type: "string",
        maxLength: 63,
        rules: [rule("wildcard not allowed in label value match", (value) => typeof value !== "string" || !value.includes("*"))],
      },
      rules: [
        rule("wildcard not allowed in label key match", (value) => keysOf(value).every((key) => !key.includes("*"))),
        rule("key must not be empty", (value) => keysOf(value).every((key) => key !== "")),
      ],
    },
  },
};

const mutualTls: Schema = {
  type: "object",
  description: "Mutual TLS settings.",
  properties: {
    mode: { type: "string", enum: ["UNSET", "DISABLE", "PERMISSIVE", "STRICT"], description: "What the sidecar accepts: plaintext, mutual TLS or both." },
  },
};

const isPort = (key: string) => /^[+-]?\d+$/.test(key) && Number(key) > 0 && Number(key) <= 65_535;

function hasMatchLabels(spec: unknown): boolean {
  const selector = isJsonObject(spec) ? spec.selector : undefined;
  return isJsonObject(selector) && keysOf(selector.matchLabels).length > 0;
}

export const PEER_AUTHENTICATION_SPEC: Schema = {
  type: "object",
  description: "How traffic is accepted by the sidecars of the workloads in scope.",
  properties: {
    selector: workloadSelector,
    mtls: mutualTls,
    portLevelMtls: {
      type: "object",
      description: "Mutual TLS settings of single container ports.",
      additionalProperties: mutualTls,
      minProperties: 1,
      rules: [rule("port must be between 1-65535", (value) => keysOf(value).every(isPort))],
    },
  },
  rules: [rule("portLevelMtls requires selector", (spec) => !isJsonObject(spec) || spec.portLevelMtls === undefined || hasMatchLabels(spec))],
};

const clientTls: Schema = {
  type: "object",
  description: "TLS of the connections to the host.",
  properties: {
    mode: { type: "string", enum: ["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"], description: "Whether and how the client's sidecar uses TLS." },
    clientCertificate: text("File of the client's certificate, for MUTUAL."),
    privateKey: text("File of the client's key, for MUTUAL."),
    caCertificates: text("File of the CA certificates the server is verified with."),
    caCrl: text("File of the revoked certificates."),
    credentialName: text("Secret that holds certificate and key."),
    subjectAltNames: listOf(text("A name."), "Names of which the server's certificate must carry one."),
    sni: text("Server name sent in the handshake."),
    insecureSkipVerify: { type: "boolean", description: "Do not verify the server's certificate." },
  },
};

const trafficSettings: Record<string, Schema> = {
  loadBalancer: open("Load balancing."),
  connectionPool: open("Limits of connections and requests."),
  outlierDetection: open("Ejection of failing endpoints."),
  tls: clientTls,
};

const trafficPolicy: Schema = {
  type: "object",
  description: "How the client's sidecar treats traffic to the host.",
  properties: {
    ...trafficSettings,
    portLevelSettings: listOf(
      {
        type: "object",
        properties: {
          port: { type: "object", properties: { number: { type: "integer", description: "The Service's port." } } },
          ...trafficSettings,
        },
      },
      "Settings of single Service ports.",
    ),
    tunnel: open("Tunnelling of TCP traffic."),
    proxyProtocol: open("PROXY protocol towards the host."),
    retryBudget: open("Limit of concurrent retries."),
  },
};

export const DESTINATION_RULE_SPEC: Schema = {
  type: "object",
  description: "What clients do with traffic to a host after routing.",
  required: ["host"],
  properties: {
    host: text("Name of the service; a short name belongs to the rule's own namespace."),
    trafficPolicy,
    subsets: listOf(
      {
        type: "object",
        required: ["name"],
        properties: {
          name: text("Name that routes refer to."),
          labels: { type: "object", description: "Labels of the subset's pods.", additionalProperties: { type: "string" } },
          trafficPolicy,
        },
      },
      "Named parts of the service's endpoints.",
    ),
    exportTo: listOf(text("A namespace, `.` or `*`."), "Namespaces whose clients see the rule."),
    workloadSelector,
  },
};

export const GATEWAY_SPEC: Schema = {
  type: "object",
  description: "A load balancer at the edge of the mesh.",
  properties: {
    selector: { type: "object", description: "Labels of the gateway's pods.", additionalProperties: { type: "string" } },
    servers: listOf(open("Port, hosts and TLS of a listener."), "Listeners."),
  },
};

export const VIRTUAL_SERVICE_SPEC: Schema = {
  type: "object",
  description: "Routing of the traffic to some hosts.",
  properties: {
    hosts: listOf(text("A host."), "Hosts the routes are for."),
    gateways: listOf(text("A gateway, or `mesh`."), "Where the routes apply."),
    http: listOf(open("An HTTP route."), "HTTP routes, first match wins."),
    tls: listOf(open("A TLS route."), "Routes of TLS that is passed through."),
    tcp: listOf(open("A TCP route."), "Routes of other TCP traffic."),
    exportTo: listOf(text("A namespace, `.` or `*`."), "Namespaces that see the routes."),
  },
};
