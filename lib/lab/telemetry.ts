/**
 * What the sidecars report of each request, with Istio's own label names (Istio standard metrics, `istio_requests_total`).
 * lib/lab/kiali/metrics.ts counts it, scrapes it each second and answers rates as Prometheus does.
 * A connection that no filter chain accepted is never reported: the statistics filter sits inside a chain.
 */
export interface RequestReport {
  reporter: "source" | "destination";
  source_workload: string;
  source_workload_namespace: string;
  source_principal: string;
  source_app: string;
  source_version: string;
  source_canonical_service: string;
  source_canonical_revision: string;
  destination_workload: string;
  destination_workload_namespace: string;
  destination_principal: string;
  destination_app: string;
  destination_version: string;
  /** Host name, `web-api.istioinaction.svc.cluster.local`. */
  destination_service: string;
  destination_service_name: string;
  destination_service_namespace: string;
  destination_canonical_service: string;
  destination_canonical_revision: string;
  request_protocol: "http";
  /** "0" when the caller went away before an answer. */
  response_code: string;
  /** Envoy's flags, "-" for none. */
  response_flags: string;
  /** `unknown` from every source; `mutual_tls` or `none` from a destination. */
  connection_security_policy: "mutual_tls" | "none" | "unknown";
}

export interface Telemetry {
  record(report: RequestReport): void;
}
