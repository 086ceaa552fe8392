import type { GraphEdge } from "@/lib/mesh/graph";
import type { Lock } from "@/lib/mesh/lock";

/** Several lines of the same two ends as one: figures are sums, the lock is the worst. @param lines at least one, of one kind and one sort of rate */
export function toBundle(id: string, lines: readonly GraphEdge[], lock: Lock): GraphEdge {
  const [first] = lines as readonly [GraphEdge];
  const rate = sum(lines.map(({ health }) => health.rate));
  const errors = sum(lines.map(({ health }) => (health.rate * (health.errorPercent ?? 0)) / 100));
  const codes = new Map<string, number>();
  for (const { health } of lines) for (const [code, share] of Object.entries(health.codes)) codes.set(code, (codes.get(code) ?? 0) + share);
  return {
    ...first,
    id,
    health: { rate, errorPercent: rate > 0 ? (errors / rate) * 100 : null, codes: Object.fromEntries(codes) },
    lock,
    sourcePrincipal: toShared(lines.map(({ sourcePrincipal }) => sourcePrincipal)),
    destinationPrincipal: toShared(lines.map(({ destinationPrincipal }) => destinationPrincipal)),
    responseTimeMs: null,
    own: {
      served: sum(lines.map(({ own }) => own.served)),
      failed: sum(lines.map(({ own }) => own.failed)),
      refused: sum(lines.map(({ own }) => own.refused)),
      lastAt: toLatest(lines.map(({ own }) => own.lastAt)),
      lastServedAt: toLatest(lines.map(({ own }) => own.lastServedAt)),
      lastRefusedAt: toLatest(lines.map(({ own }) => own.lastRefusedAt)),
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => (Number.isFinite(value) ? total + value : total), 0);
}

function toLatest(times: readonly (number | null)[]): number | null {
  return times.reduce((latest, time) => (time !== null && (latest === null || time > latest) ? time : latest), null);
}

/** What all say alike; null when they differ. */
function toShared(values: readonly (string | null)[]): string | null {
  const [first = null] = values;
  return values.every((value) => value === first) ? first : null;
}
