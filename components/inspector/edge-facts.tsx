import { formatPercent } from "@/lib/mesh/figures";
import type { GraphEdge, GraphNode } from "@/lib/mesh/graph";
import { PolicySteps } from "../panel/policy-chain";
import { toAgo, toDuration, toRate } from "../words/age";
import { Name } from "../words/name";
import { Facts } from "./facts";
import { LockFacts } from "./lock-facts";

/** One line: its lock, who is at its ends, what runs over it, and what decides at the server. */
export function EdgeFacts({ edge, target, windowSeconds, now }: { edge: GraphEdge; target: GraphNode | null; windowSeconds: number; now: number }) {
  return (
    <>
      {edge.kind === "one-way-tls" ? (
        <p>
          <b className="font-semibold">TLS, one way.</b> Only the gateway shows a certificate; the caller shows none, so this is not mutual.
        </p>
      ) : (
        <LockFacts lock={edge.lock} now={now} />
      )}
      <Facts
        rows={[
          {
            name: "caller is",
            value: edge.sourcePrincipal === null ? null : <Name className="font-mono text-xs">{edge.sourcePrincipal}</Name>,
            none: "identity not known",
          },
          {
            name: "server is",
            value: edge.destinationPrincipal === null ? null : <Name className="font-mono text-xs">{edge.destinationPrincipal}</Name>,
            none: "identity not known",
          },
          { name: "traffic", value: toTraffic(edge, windowSeconds) },
          { name: "codes", value: toCodes(edge), none: edge.health.rate > 0 ? "not told" : "no answers" },
          { name: "95 % within", value: edge.responseTimeMs === null ? null : toDuration(edge.responseTimeMs), none: "not measured" },
          { name: "own calls", value: toOwnCalls(edge, now), none: "none in the window" },
        ]}
      />
      {target?.policy != null && (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1" aria-label="What decides at the server">
          <PolicySteps policy={target.policy} />
        </dl>
      )}
    </>
  );
}

function toTraffic({ protocol, health }: GraphEdge, windowSeconds: number): string {
  const unit = protocol === "tcp" ? "bytes/s" : "requests/s";
  const errors = health.errorPercent === null ? "" : health.errorPercent === 0 ? ", no errors" : `, ${formatPercent(health.errorPercent)} errors`;
  return `${toRate(health.rate)} ${unit} ${protocol}${errors} over ${windowSeconds} s`;
}

function toCodes({ health }: GraphEdge): string | null {
  const codes = Object.entries(health.codes).filter(([, rate]) => rate > 0);
  return codes.length === 0 ? null : codes.map(([code, rate]) => `${code === "-" ? "no answer" : code}: ${toRate(rate)}/s`).join(", ");
}

/** Own calls on a line in words; null when there was none. */
export function toOwnCalls({ own }: Pick<GraphEdge, "own">, now: number): string | null {
  const parts = [own.served > 0 && `${own.served} served`, own.failed > 0 && `${own.failed} failed`, own.refused > 0 && `${own.refused} refused`].filter(
    (part) => part !== false,
  );
  if (parts.length === 0) return null;
  return own.lastAt === null ? parts.join(", ") : `${parts.join(", ")}, last ${toAgo(now - own.lastAt)}`;
}
