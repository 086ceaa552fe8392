/** How the ingress gateway was found, beside the state of its source. */
export interface GatewaySection {
  /** Host header and server name of calls; null while no Gateway names one. */
  host: string | null;
  /** What the address in use is from; null while none is. */
  from: "setting" | "in-cluster" | "gateway-status" | "load-balancer" | "external-ip" | "node-port" | "port-forward" | null;
  /** Who is trusted for its certificate; null before the first look. */
  authority: { from: "entered" | "file" | "secret" | "system"; says: string } | null;
  /** What is wrong with it, as a word for programs; `ca` can be mended in the page. null = nothing that is known. */
  problem: string | null;
  /** Every address that was tried when it was last looked for, in order, with what it met. */
  tried: { address: string; from: string; says: string }[];
}
