import type { GatewayCandidate, GatewayProblem } from "./find-address";

/** What the sentences name. */
export interface StepFacts {
  host: string;
  from: GatewayCandidate["from"];
  /** `namespace/name` of the Secret with the gateway's certificate; null when the Gateway names none. */
  credential: string | null;
  /** The Gateway's server asks for a client certificate (tls mode MUTUAL). */
  wantsClientCertificate: boolean;
}

const OUTSIDE = "start with --gateway HOST:PORT, or forward the gateway's HTTPS port to this machine";

/** What a person can do about a gateway that was not usable: one sentence each. */
export function toNextStep(problem: GatewayProblem, { host, from, credential, wantsClientCertificate }: StepFacts): string {
  switch (problem) {
    case "dns":
      return from === "setting" ? "Check the name after --gateway." : `This machine's DNS does not know the name: ${OUTSIDE}.`;
    case "refused":
    case "timeout":
      return from === "setting"
        ? "Check address and port after --gateway, and that this machine may reach them."
        : `Check that the gateway's pod is ready and that this machine may reach the address; on kind, k3d and minikube it often may not: ${OUTSIDE}.`;
    case "reset":
    case "tls":
      return wantsClientCertificate
        ? "The Gateway's server has tls mode MUTUAL and asks for a client certificate, which Padlock does not have: add a server with mode SIMPLE."
        : `Check that the port is the HTTPS one, that the Gateway has a server for ${host}${credential === null ? "" : `, and that Secret ${credential} exists with a certificate and key`}.`;
    case "tls-name":
      return `Check the hosts of the Gateway and its certificate, or name the right one with --gateway-host NAME (now ${host}).`;
    case "ca":
      return "Give the certificate of the authority that signed it: below, or with --gateway-ca FILE.";
    case "expired":
      return `Renew the certificate${credential === null ? "" : ` in Secret ${credential}`}; if it is valid, check this machine's clock.`;
    case "no-route":
      return `Apply a VirtualService for ${host} that is bound to the Gateway, or name another host with --gateway-host.`;
    case "no-upstream":
      return "Check that the pods behind the route are ready, and that no DestinationRule or policy keeps the gateway from reaching them.";
    case "cut-off":
    case "cancelled":
      return "Try again.";
  }
}
