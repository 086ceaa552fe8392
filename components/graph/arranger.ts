import type { Rect } from "./geometry";
import type { Direction, LayoutRequest } from "./layout";
import type { LayoutClient } from "./layout-client";
import { type Measure, type Metrics, type Size, toFramePad, toFrameTitleWidth, toNodeSize } from "./metrics";
import type { GraphModel } from "./model";
import { type Arrangement, decide, placeNew, toTouched } from "./positions";
import { toFoldedPlace, unfold } from "./unfold";

/** What has to be arranged, and for which stage. */
export interface Picture {
  model: GraphModel;
  metrics: Metrics;
  direction: Direction;
  /** Space a fitted graph may fill, and what of the model is in view now. */
  room: { width: number; height: number };
  view: Rect;
  /** Filters leave something out. */
  filtered: boolean;
}

/** Holds the positions: asks the worker when the picture is a new one, finds free places for what is new, else leaves everything where it is. */
export interface Arranger {
  /** The arrangement of the picture; null while its layout is under way (`onLaidOut` tells when it is there). */
  arrange(picture: Picture): Arrangement | null;
  /** A fresh layout of everything. */
  tidy(picture: Picture): void;
  readonly isBusy: boolean;
}

/** The page and the projector, each for a few sets of namespaces. */
const KEPT_AT_MOST = 8;

export interface BoxSizes {
  sizes: Map<string, Size>;
  /** What each frame's title needs. */
  minWidths: Map<string, number>;
}

export function toBoxSizes(model: GraphModel, metrics: Metrics, measure: Measure): BoxSizes {
  return {
    sizes: new Map(model.nodes.map((node) => [node.key, toNodeSize(node, metrics, measure)])),
    minWidths: new Map(model.frames.map((frame) => [frame.key, toFrameTitleWidth(frame, metrics, measure)])),
  };
}

/** Where everything stood, by what the picture was of. */
export type Arrangements = Map<string, Arrangement>;

/** @param kept outlives this arranger: a picture that comes back stands as it stood */
export function createArranger(layouts: LayoutClient, measure: Measure, kept: Arrangements, onLaidOut: () => void): Arranger {
  let arrangement: Arrangement | null = null;
  let isBusy = false;

  function keep(next: Arrangement): Arrangement {
    kept.delete(next.subject);
    kept.set(next.subject, next);
    if (kept.size > KEPT_AT_MOST) kept.delete(kept.keys().next().value ?? "");
    return next;
  }

  /** One layout at a time; what changed meanwhile is decided upon when it is back. */
  async function layOut(picture: Picture): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    const positions = await layouts.layout(toRequest(picture, toBoxSizes(picture.model, picture.metrics, measure)));
    isBusy = false;
    arrangement = keep({ subject: toSubject(picture), positions, settled: toTouched(picture.model), filtered: picture.filtered });
    onLaidOut();
  }

  function place(picture: Picture, known: Arrangement, keys: string[]): Arrangement {
    const { model, metrics, direction, view } = picture;
    const placing = {
      ...toBoxSizes(model, metrics, measure),
      model,
      pad: toFramePad(metrics, direction),
      direction,
      along: metrics.along,
      across: metrics.across,
      view,
    };
    const touched = toTouched(model);
    return { ...known, positions: placeNew(known.positions, keys, placing), settled: new Set([...known.settled, ...keys.filter((key) => touched.has(key))]) };
  }

  return {
    arrange(picture) {
      const subject = toSubject(picture);
      if (arrangement?.subject !== subject) arrangement = kept.get(subject) ?? arrangement;
      if (arrangement) arrangement = follow(arrangement, picture, measure);
      const decision = decide(arrangement, subject, picture.model);
      // What was laid out while most was hidden is no picture of the whole.
      const isPartial = arrangement?.filtered === true && !picture.filtered && decision.kind === "place";
      if (decision.kind === "layout" || isPartial) {
        void layOut(picture);
        return null;
      }
      if (decision.kind === "place" && arrangement) arrangement = place(picture, arrangement, decision.keys);
      return arrangement && keep(arrangement);
    },
    tidy: (picture) => void layOut(picture),
    get isBusy() {
      return isBusy;
    },
  };
}

/** Groups open where they stand and close amid their members. The same arrangement when none did. */
function follow(known: Arrangement, { model, metrics, direction }: Picture, measure: Measure): Arrangement {
  const origins = new Map(model.nodes.flatMap(({ key, origin }) => (origin === null ? [] : [[key, origin] as const])));
  const opened = unfold(known.positions, { ...toBoxSizes(model, metrics, measure), model, metrics, direction });
  const positions = new Map(opened);
  for (const { key, look } of model.nodes) {
    const place = look === "group" && !positions.has(key) ? toFoldedPlace(opened, known.origins ?? origins, key) : null;
    if (place) positions.set(key, place);
  }
  if (positions.size === known.positions.size && isSame(known.origins, origins)) return known;
  const touched = toTouched(model);
  const added = [...positions.keys()].filter((key) => !known.positions.has(key) && touched.has(key));
  return { ...known, positions, origins, settled: new Set([...known.settled, ...added]) };
}

function isSame(a: ReadonlyMap<string, string> | undefined, b: ReadonlyMap<string, string>): boolean {
  return (a?.size ?? 0) === b.size && [...b].every(([key, value]) => a?.get(key) === value);
}

/** Another set of namespaces, another size or another direction is another picture. */
function toSubject({ model, metrics, direction }: Picture): string {
  return JSON.stringify([metrics.height, direction, model.subject]);
}

function toRequest({ model, metrics, direction, room }: Picture, { sizes, minWidths }: BoxSizes): LayoutRequest {
  return {
    nodes: model.nodes.map((node) => ({ key: node.key, place: node.place, frame: node.frame, ...(sizes.get(node.key) ?? { width: 0, height: 0 }) })),
    edges: model.edges.map((edge) => [edge.source, edge.target]),
    frames: model.frames.map((frame) => ({ key: frame.key, minWidth: minWidths.get(frame.key) ?? 0 })),
    framePad: toFramePad(metrics, direction),
    direction,
    along: metrics.along,
    across: metrics.across,
    plate: metrics.plate,
    room,
  };
}
