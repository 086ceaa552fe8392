import type { GraphEdge, GraphNode, MeshGraph, NamespaceFrame } from "@/lib/mesh/graph";
import type { LockState } from "@/lib/mesh/lock";
import { type Folded, isBusy } from "./groups";
import { percentText, toLabel } from "./label";
import { toLineLook } from "./line-look";
import type { ModelMemory } from "./model-memory";
import { toGroupPlate, toNodePlate } from "./node-lock";
import type { Palette } from "./palette";

/**
 * First stage: what of a snapshot is drawn, and how it looks. Pure. Keys are prefixed, so that no name from a cluster (`__proto__`, `#a .b[c]`) is ever
 * an id of its own and a namespace, a node and an edge of one name do not meet.
 */
export interface GraphModel {
  nodes: ModelNode[];
  edges: ModelEdge[];
  frames: ModelFrame[];
  /** What the picture is of: the namespaces looked at, also those of which nothing is drawn now. */
  subject: string;
  /** Doubles and edges to nowhere that were left out. */
  omitted: number;
  /** Locks and patterns of protection are drawn. */
  security: boolean;
}

/**
 * `meshed` carries the sidecar's bar, `bare` has none and says so by its dashed amber frame, `unidentified` is dashed in grey, `plain` is where a sidecar is
 * not known or does not apply. A
 * `group` is several workloads folded to one box.
 */
export const NODE_LOOKS = ["meshed", "ambient", "bare", "unidentified", "plain", "client", "group"] as const;
export type NodeLook = (typeof NODE_LOOKS)[number];

/** Where it stands: in a namespace's frame, or outside as the person, a gateway, a mere caller, or anything else. */
export type Place = "frame" | "client" | "gateway" | "caller" | "elsewhere";

export interface ModelNode {
  key: string;
  id: string;
  title: string;
  subtitle: string;
  look: NodeLook;
  place: Place;
  /** Key of its frame. */
  frame: string | null;
  idle: boolean;
  /** The lock of what it serves, in its corner. */
  plate: Plate | null;
  /** Key of the unfolded group it came out of. */
  origin: string | null;
}

/** The line's colour: health. Magenta is for nothing but refused. */
export const TONES = ["answered", "errors", "idle", "refused"] as const;
export type Tone = (typeof TONES)[number];
/** The line's pattern: protection. */
export const PATTERNS = ["solid", "mixed", "plaintext", "not-measured", "refused", "idle"] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface PlatePart {
  text: string;
  token: keyof Palette;
}

/** What sits on the line: a lock, words, or both. */
export interface Plate {
  lock: LockState | null;
  parts: PlatePart[];
  /** The same in fewer letters, for a line without room; absent = there is nothing shorter. */
  short?: PlatePart[];
}

/** What the dots say. `rate` in requests/s (bytes/s for tcp); shares 0–1; `mutualTls` null = not measured. */
export interface EdgeFlow {
  rate: number;
  tcp: boolean;
  errors: number;
  mutualTls: number | null;
  refused: number;
}

export interface ModelEdge {
  key: string;
  id: string;
  source: string;
  target: string;
  tone: Tone;
  pattern: Pattern;
  plate: Plate | null;
  flow: EdgeFlow;
  /** 1 down to 0.35: how recent the last refusal is; 1 where nothing was refused. */
  presence: number;
}

export interface ModelFrame {
  key: string;
  name: string;
  /** Istio's word; empty while the policy is not known. */
  mode: string;
  lock: LockState | null;
  /** "73 %" beside a mixed lock. */
  number: string;
}

export interface ModelOptions {
  /** Security on: locks, patterns of protection, rings. Refusals are an outcome and stay without it. */
  showLocks: boolean;
  /** The server's clock, epoch ms, by which refusals age; absent = not known. */
  now?: number;
  /** What the graph was folded to. */
  folded?: Folded | null;
}

/** Up to here every lock is drawn; above, only those that are not closed (a lock on every line is noise). */
export const ALL_LOCKS_UP_TO = 60;

const TITLE_LENGTH = 24;
const SUBTITLE_LENGTH = 30;

export const nodeKey = (id: string): string => `n:${id}`;
export const edgeKey = (id: string): string => `e:${id}`;
export const toId = (key: string): string => key.slice(2);
const frameKey = (name: string): string => `f:${name}`;

/** @param memory what was made of the same objects before; absent = everything is made anew */
export function toModel(graph: MeshGraph, options: ModelOptions, memory?: ModelMemory): GraphModel {
  const frames = new Map(graph.namespaces.map((frame) => [frame.name, toFrame(frame, options)]));
  const called = new Set(graph.edges.filter((edge) => edge.source !== edge.target).map((edge) => edge.target));
  const serving = new Set(graph.edges.filter(isBusy).map((edge) => edge.target));
  const everyLock = graph.edges.length <= ALL_LOCKS_UP_TO;
  const nodes = new Map<string, ModelNode>();
  const edges = new Map<string, ModelEdge>();
  const usual = `${options.showLocks}/${everyLock}/${graph.windowSeconds}`;
  let omitted = 0;
  for (const node of graph.nodes) {
    const key = nodeKey(node.id);
    if (nodes.has(key)) omitted++;
    else {
      const [isCalled, serves] = [called.has(node.id), serving.has(node.id)];
      const make = () => toNode(node, frames, isCalled, serves, everyLock, options);
      const way = `${usual}/${frames.has(node.namespace ?? "")}/${isCalled}/${serves}/${options.folded?.origins.get(node.id) ?? ""}`;
      // A group is made of others than itself.
      nodes.set(key, memory && !options.folded?.groups.has(node.id) ? memory.recall(node, way, make) : make());
    }
  }
  for (const edge of graph.edges) {
    const key = edgeKey(edge.id);
    if (edges.has(key) || !nodes.has(nodeKey(edge.source)) || !nodes.has(nodeKey(edge.target))) omitted++;
    else {
      const make = () => toEdge(edge, options, everyLock, graph.windowSeconds);
      const way = edge.lock.refused > 0 ? `${usual}/${options.now}` : usual;
      edges.set(key, memory && !options.folded?.bundles.has(edge.id) ? memory.recall(edge, way, make) : make());
    }
  }
  const inhabited = new Set([...nodes.values()].map((node) => node.frame));
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()],
    frames: [...frames.values()].filter((frame) => inhabited.has(frame.key)),
    subject: JSON.stringify([...frames.keys()].sort()),
    omitted,
    security: options.showLocks,
  };
}

function toFrame(frame: NamespaceFrame, { showLocks }: ModelOptions): ModelFrame {
  return {
    key: frameKey(frame.name),
    name: toLabel(frame.name, SUBTITLE_LENGTH),
    mode: frame.policy?.mode ?? "",
    lock: showLocks ? frame.lock.state : null,
    number: showLocks && frame.lock.state === "mixed" ? percentText(frame.lock) : "",
  };
}

function toNode(
  node: GraphNode,
  frames: Map<string, ModelFrame>,
  called: boolean,
  serves: boolean,
  everyLock: boolean,
  { showLocks, folded }: ModelOptions,
): ModelNode {
  const group = folded?.groups.get(node.id);
  const origin = folded?.origins.get(node.id);
  const frame = node.outside || node.namespace === null ? undefined : frames.get(node.namespace);
  return {
    key: nodeKey(node.id),
    id: node.id,
    title: toLabel(node.title || node.name, TITLE_LENGTH),
    subtitle: toLabel(node.subtitle, SUBTITLE_LENGTH),
    look: group === undefined ? toLook(node) : "group",
    place: toPlace(node, frame !== undefined, called || group !== undefined),
    frame: frame?.key ?? null,
    idle: node.idle,
    plate: !showLocks ? null : group === undefined ? toNodePlate(node, serves, everyLock) : toGroupPlate(group),
    origin: origin === undefined ? null : nodeKey(origin),
  };
}

function toLook(node: GraphNode): NodeLook {
  if (node.kind === "client") return "client";
  if (node.kind === "unidentified") return "unidentified";
  if (node.kind !== "workload") return "plain";
  if (node.sidecar === "sidecar") return "meshed";
  if (node.sidecar === "ambient") return "ambient";
  return node.sidecar === "none" ? "bare" : "plain";
}

function toPlace(node: GraphNode, framed: boolean, called: boolean): Place {
  if (node.kind === "client") return "client";
  if (framed) return "frame";
  if (node.isGateway) return "gateway";
  return called ? "elsewhere" : "caller";
}

function toEdge(edge: GraphEdge, options: ModelOptions, everyLock: boolean, windowSeconds: number): ModelEdge {
  return {
    key: edgeKey(edge.id),
    id: edge.id,
    source: nodeKey(edge.source),
    target: nodeKey(edge.target),
    ...toLineLook(edge, options, everyLock, windowSeconds),
  };
}
