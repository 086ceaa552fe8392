import type { Call } from "./calls";
import { formatCount } from "./figures";
import type { GraphInput } from "./graph-input";
import { addObserved, type Lines, scale } from "./graph-lines";
import { type Place, type Places, UNIDENTIFIED_ID } from "./graph-places";
import type { ObservedEdge, ObservedGraph } from "./observed";
import { CLIENT } from "./own-traffic";
import { subtractOwn } from "./unidentified-caller";

/**
 * Lays Kiali's edges on the lines. Its `unknown` caller becomes the person's side where it meets a gateway, our own caller without sidecar as far as
 * our calls explain it, and an unidentified caller for the rest.
 * @returns what was left out or cannot be told, in words
 */
export function addObservedTraffic(lines: Lines, places: Places, input: GraphInput): string[] {
  const { observed } = input;
  if (observed === null) return [];
  const ends = new Map(observed.nodes.toReversed().map((node) => [node.id, places.ofObserved(node)]));
  const seen = new Set<string>();
  let nowhere = 0;
  let repeated = 0;
  const untold = new Set<string>();
  for (const sent of observed.edges) {
    // A rate that is no number would spread through every sum.
    const edge = Number.isFinite(sent.rate) && sent.rate > 0 ? sent : { ...sent, rate: 0 };
    const [source, target] = [ends.get(edge.source), ends.get(edge.target)];
    if (seen.has(edge.id)) repeated += 1;
    else if (!source || !target || target.id === UNIDENTIFIED_ID) nowhere += 1;
    else if (source.id !== UNIDENTIFIED_ID) addObserved(lines.get(source, target, edge.protocol), edge);
    else if (isGateway(target)) addObserved(lines.get(CLIENT, target, edge.protocol), edge);
    else if (splitUnknown(lines, places, input, edge, source, target)) untold.add(target.name);
    seen.add(edge.id);
  }
  return [
    ...observed.omitted,
    ...(nowhere > 0 ? [`${formatCount(nowhere, "edge")} to nowhere`] : []),
    ...(repeated > 0 ? [`${formatCount(repeated, "edge")} sent twice`] : []),
    ...[...untold].map((name) => `Whether somebody else calls ${name} without identity cannot be told from our own calls.`),
  ];
}

export function isGateway({ workload, observed }: Place): boolean {
  return workload?.isGateway ?? observed?.isGateway ?? false;
}

/** @returns whether somebody else may be in what is drawn as ours */
function splitUnknown(lines: Lines, places: Places, input: GraphInput, edge: ObservedEdge, unknown: Place, target: Place): boolean {
  const { observed, scrapeSeconds } = input;
  if (observed === null) return false;
  const { dataAt } = observed;
  const windowSeconds = toSafeWindow(input, observed, target.namespace);
  const inFigures = (at: number) => at <= dataAt && at >= dataAt - (windowSeconds + scrapeSeconds) * 1_000;
  const own = input.calls.filter(
    ({ caller, outcome, target: called, startedAt }) =>
      caller === "without-sidecar" && (outcome === "served" || outcome === "failed") && called === target.id && inFigures(startedAt),
  );
  // Bytes cannot be compared with calls.
  if (edge.protocol === "tcp") {
    addObserved(lines.get(unknown, target, "tcp"), edge);
    return own.length > 0;
  }
  const checkTimes = (input.checkTimesByTarget.get(target.id) ?? []).filter(inFigures);
  const { unidentifiedRate, uncertain } = subtractOwn({
    edgeRate: edge.rate,
    windowSeconds,
    ownCallTimes: own.map(({ startedAt }) => startedAt),
    checkTimes,
    dataAt,
    scrapeSeconds,
  });
  if (unidentifiedRate > 0) addObserved(lines.get(unknown, target, edge.protocol), scale(edge, unidentifiedRate));
  // Checks are Padlock's own and enter no rate.
  const rate = (edge.rate - unidentifiedRate) / Math.max(1, own.length + checkTimes.length);
  if (rate > 0)
    for (const [name, count] of countByCaller(own)) addObserved(lines.get(places.ofWorkload(name), target, edge.protocol), scale(edge, rate * count));
  return uncertain;
}

/**
 * Kiali looks back no further than a namespace is old (`getSafeNamespaceDuration`), so in a young one a call weighs more than one in the window asked for.
 */
function toSafeWindow({ namespaces }: GraphInput, { dataAt, windowSeconds }: ObservedGraph, namespace: string | null): number {
  const createdAt = namespaces.find(({ name }) => name === namespace)?.createdAt ?? 0;
  return Math.max(1, Math.min(windowSeconds, (dataAt - createdAt) / 1_000));
}

function countByCaller(calls: readonly Call[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { callerName } of calls) counts.set(callerName, (counts.get(callerName) ?? 0) + 1);
  return counts;
}
