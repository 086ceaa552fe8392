import type { RequestReport } from "../telemetry";
import type { PeerMetadata } from "./peer-metadata";
import type { Workload } from "./workload";

const UNKNOWN = "unknown";

export interface ReportedService {
  host: string;
  name: string;
  namespace: string;
}

export interface ReportedRequest {
  responseCode: number;
  flags: string;
  /** Undefined for a caller that said nothing about itself. */
  source: PeerMetadata | undefined;
  /** Undefined when no endpoint was chosen. */
  destination: PeerMetadata | undefined;
  service: ReportedService;
  /** SPIFFE IDs, both verified on this connection; undefined on plaintext. */
  principals: { source: string; destination: string } | undefined;
}

/** What the server's sidecar reports: mutual_tls only when both peers proved a SPIFFE ID. */
export function toDestinationReport(request: ReportedRequest): RequestReport {
  return { ...labels(request), reporter: "destination", connection_security_policy: request.principals ? "mutual_tls" : "none" };
}

/** What the client's sidecar reports; the source never knows the security policy. */
export function toSourceReport(request: ReportedRequest): RequestReport {
  return { ...labels(request), reporter: "source", connection_security_policy: UNKNOWN };
}

export function toPeerMetadata({ name, namespace, labels }: Workload): PeerMetadata {
  return { workload: name, namespace, labels };
}

function labels({
  responseCode,
  flags,
  source,
  destination,
  service,
  principals,
}: ReportedRequest): Omit<RequestReport, "reporter" | "connection_security_policy"> {
  const from = toNames(source);
  const to = toNames(destination);
  return {
    source_workload: from.workload,
    source_workload_namespace: from.namespace,
    source_principal: principals?.source ?? UNKNOWN,
    source_app: from.app,
    source_version: from.version,
    source_canonical_service: from.canonicalService,
    source_canonical_revision: from.canonicalRevision,
    destination_workload: to.workload,
    destination_workload_namespace: to.namespace,
    destination_principal: principals?.destination ?? UNKNOWN,
    destination_app: to.app,
    destination_version: to.version,
    destination_service: service.host,
    destination_service_name: service.name,
    destination_service_namespace: service.namespace,
    destination_canonical_service: to.canonicalService,
    destination_canonical_revision: to.canonicalRevision,
    request_protocol: "http",
    response_code: String(responseCode),
    response_flags: flags,
  };
}

/** Canonical service and revision fall back as the injector computes them: name label, app, workload; revision label, version, `latest`. */
function toNames(peer: PeerMetadata | undefined) {
  if (!peer) return { workload: UNKNOWN, namespace: UNKNOWN, app: UNKNOWN, version: UNKNOWN, canonicalService: UNKNOWN, canonicalRevision: UNKNOWN };
  const { workload, namespace, labels } = peer;
  return {
    workload,
    namespace,
    app: labels.app ?? UNKNOWN,
    version: labels.version ?? UNKNOWN,
    canonicalService: labels["service.istio.io/canonical-name"] ?? labels.app ?? workload,
    canonicalRevision: labels["service.istio.io/canonical-revision"] ?? labels.version ?? "latest",
  };
}
