import type { Call } from "./calls";
import { CLIENT_ID, type Place } from "./graph-places";
import type { ObservedEdge } from "./observed";

/** What is known of one line before it becomes an edge of the graph. */
export interface Line {
  id: string;
  source: Place;
  target: Place;
  protocol: ObservedEdge["protocol"];
  kind: "mesh" | "one-way-tls";
  observed: ObservedEdge | null;
  /** Own calls made from this source to this target. */
  calls: Call[];
  /** Own calls that passed here on their way: how they ended here, and when the last one did. */
  passed: { served: number; failed: number; lastAt: number | null };
}

/** Lines by their ends; whatever brings news of one finds it here. */
export class Lines {
  // By source, then target and protocol: joined keys would be built anew for each of thousands of calls.
  readonly #bySource = new Map<string, Map<string, Partial<Record<ObservedEdge["protocol"], Line>>>>();

  get(source: Place, target: Place, protocol: ObservedEdge["protocol"]): Line {
    const targets = this.#bySource.get(source.id) ?? new Map<string, Partial<Record<ObservedEdge["protocol"], Line>>>();
    const lines = targets.get(target.id) ?? {};
    const known = lines[protocol];
    if (known !== undefined) {
      // Whoever saw more of an end than the one before adds it.
      known.source = fuller(known.source, source);
      known.target = fuller(known.target, target);
      return known;
    }
    const line: Line = {
      id: `${source.id}->${target.id}${protocol === "http" ? "" : `:${protocol}`}`,
      source,
      target,
      protocol,
      kind: source.id === CLIENT_ID ? "one-way-tls" : "mesh",
      observed: null,
      calls: [],
      passed: { served: 0, failed: 0, lastAt: null },
    };
    lines[protocol] = line;
    targets.set(target.id, lines);
    this.#bySource.set(source.id, targets);
    return line;
  }

  all(): Line[] {
    return [...this.#bySource.values()].flatMap((targets) => [...targets.values()].flatMap((lines) => Object.values(lines)));
  }
}

function fuller(known: Place, news: Place): Place {
  if ((known.workload !== null || news.workload === null) && (known.observed !== null || news.observed === null)) return known;
  return { ...known, workload: known.workload ?? news.workload, observed: known.observed ?? news.observed };
}

export function addPassed({ passed }: Line, outcome: "served" | "failed", at: number): void {
  passed[outcome] += 1;
  passed.lastAt = Math.max(passed.lastAt ?? at, at);
}

/** Adds Kiali's figures to a line; two of its edges can be one line (two nodes of one workload). */
export function addObserved(line: Line, edge: ObservedEdge): void {
  line.observed = line.observed === null ? edge : merge(line.observed, edge);
}

/** A share of an edge, when part of it belongs to another line. */
export function scale(edge: ObservedEdge, rate: number): ObservedEdge {
  const factor = edge.rate > 0 ? rate / edge.rate : 0;
  return { ...edge, rate, codes: mapCodes(edge.codes, (value) => value * factor) };
}

/** What was not measured stays so; otherwise shares add up by rate. */
function merge(a: ObservedEdge, b: ObservedEdge): ObservedEdge {
  const rate = a.rate + b.rate;
  const weigh = (x: number | null, y: number | null) => (x === null ? y : y === null ? x : rate > 0 ? (x * a.rate + y * b.rate) / rate : x);
  const codes = new Map(Object.entries(a.codes));
  for (const [code, value] of Object.entries(b.codes)) codes.set(code, (codes.get(code) ?? 0) + value);
  return {
    ...a,
    ...mergeSecurity(a, b, rate),
    rate,
    codes: Object.fromEntries(codes),
    errorPercent: weigh(a.errorPercent, b.errorPercent),
    responseTimeMs: weigh(a.responseTimeMs, b.responseTimeMs),
  };
}

type Security = Pick<ObservedEdge, "mtlsPercent" | "sourcePrincipal" | "destinationPrincipal">;

function mergeSecurity(a: ObservedEdge, b: ObservedEdge, rate: number): Security {
  const [x, y] = [toReported(a), toReported(b)];
  if (x === null || y === null) return { mtlsPercent: null, sourcePrincipal: null, destinationPrincipal: null };
  if (x === 0 && y === 0 && a.mtlsPercent === null && b.mtlsPercent === null) return a;
  const named = a.mtlsPercent === null ? b : a;
  return {
    mtlsPercent: rate > 0 ? (x * a.rate + y * b.rate) / rate : Math.min(x, y),
    sourcePrincipal: named.sourcePrincipal,
    destinationPrincipal: named.destinationPrincipal,
  };
}

/** Share of mutual TLS that the destination reported; null = it did not report. */
function toReported({ mtlsPercent, sourcePrincipal, destinationPrincipal }: ObservedEdge): number | null {
  if (mtlsPercent !== null) return mtlsPercent;
  return sourcePrincipal === null && destinationPrincipal === null ? null : 0;
}

function mapCodes(codes: Readonly<Record<string, number>>, change: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(codes).map(([code, value]) => [code, change(value)]));
}
