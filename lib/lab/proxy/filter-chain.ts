import type { ClientHello } from "./client-hello";
import type { MutualTlsMode } from "./peer-authentication";

/** What happens to an inbound connection. */
export type FilterChain =
  | "mutual TLS"
  | "plaintext"
  /** Bytes go to the application as they are. */
  | "passthrough"
  /** A TLS hello met a plaintext HTTP server: it answers 400. */
  | "bad request"
  /** No chain matches: reset, flag NR. */
  | "none";

/** The ALPN names by which an Istio client announces mutual TLS (istio `pilot/pkg/networking/util`). */
const ISTIO_ALPN = new Set(["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"]);

/**
 * The filter chain istiod's inbound listener has for a connection (istio `filterchain_options.go`).
 * @param hello undefined when the first bytes are not TLS
 * @param isDeclaredHttp whether a Service declares the port as HTTP; on other ports TLS that is not Istio's passes through where plaintext may
 */
export function chooseFilterChain(mode: MutualTlsMode, isDeclaredHttp: boolean, hello: ClientHello | undefined): FilterChain {
  if (!hello) return mode === "STRICT" ? "none" : "plaintext";
  switch (mode) {
    // Any TLS gets the handshake; the client certificate it must show decides.
    case "STRICT":
      return "mutual TLS";
    case "PERMISSIVE":
      if (hello.alpn.some((name) => ISTIO_ALPN.has(name))) return "mutual TLS";
      return isDeclaredHttp ? "none" : "passthrough";
    case "DISABLE":
      return isDeclaredHttp ? "bad request" : "passthrough";
  }
}
