import type { GatewayCandidate } from "@/lib/gateway/find-address";
import type { TrustedAuthority } from "./gateway-authority";

const FROM: Record<GatewayCandidate["from"], string> = {
  setting: "the address that was given",
  "in-cluster": "its Service's name in the cluster",
  "gateway-status": "the address in the Gateway's status",
  "load-balancer": "its Service's load balancer",
  "external-ip": "its Service's external IP",
  "node-port": "its Service's node port",
  "port-forward": "a port-forward of Padlock's own",
};

/** How the gateway is reached, as what, and who vouches for it. */
export function toReachWords({ candidate, ip }: { candidate: GatewayCandidate; ip: string }, host: string, authority: TrustedAuthority): string {
  const name = candidate.address === ip ? "" : ` (${ip})`;
  return `${FROM[candidate.from]}, ${candidate.address}:${candidate.port}${name}, as ${host}; trusted: ${authority.says}`;
}
