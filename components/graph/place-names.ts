import type { Rect } from "./geometry";
import { toShortText } from "./label";
import { createNeighbourhood } from "./neighbourhood";

/**
 * Where names stand that are wider than their boxes: each over its box and whole, moved to the side on which there is room, and with fewer letters only where
 * moving does not help. Pure.
 */
export interface NameRequest {
  key: string;
  title: string;
  /** The box it names. */
  box: Rect;
}

export interface PlacedName extends Rect {
  key: string;
  /** The title, or what of it there is room for. */
  text: string;
}

export interface NameRules {
  /** Height of a name, and the air between two side by side. */
  height: number;
  air: number;
  /** What is seen from left to right: a name beyond it would be cut off. */
  bounds: { left: number; right: number };
  /** Width of a text as a name. */
  toWidth: (text: string) => number;
}

/** A name on its way: between its furthest place to the left (`low`) and to the right (`high`), both of its left edge. It always covers its box. */
interface Item {
  request: NameRequest;
  text: string;
  letters: number;
  width: number;
  left: number;
  right: number;
  before: Item[];
  after: Item[];
  low: number;
  high: number;
  start: number;
}

/** With fewer letters than these it would name nothing. */
const LEAST_LETTERS = 4;
/** Sums of fractions differ in their last digits. */
const NEARLY = 1e-6;

/** Names whose box and surroundings leave room for a few letters at most are left out. */
export function placeNames(requests: readonly NameRequest[], rules: NameRules): PlacedName[] {
  const items = requests.map((request) => toItem(request, rules)).toSorted((a, b) => a.left - b.left);
  join(items, rules);
  for (const item of items) trim(item, rules);
  setRanges(items, rules);
  // One letter at a time, so that none loses more than it must.
  for (let giving = toGiving(items); giving.length > 0; giving = toGiving(items)) {
    for (const item of giving) shorten(item, rules);
    setRanges(items, rules);
  }
  for (const item of items) {
    const least = Math.max(item.low, ...item.before.map((other) => other.start + other.width + toAir(other, item, rules)));
    item.start = Math.min(item.high, Math.max(least, (item.left + item.right - item.width) / 2));
  }
  return items.flatMap(({ request: { key, title, box }, text, width, start, letters }) => {
    if (letters < LEAST_LETTERS && text !== title) return [];
    const own = Math.min(width, rules.toWidth(text));
    return [{ key, text, x: start + width / 2, y: box.y, width: own, height: rules.height }];
  });
}

function toItem(request: NameRequest, { toWidth }: NameRules): Item {
  const { box, title } = request;
  const [left, right] = [box.x - box.width / 2, box.x + box.width / 2];
  const width = Math.max(box.width, toWidth(title));
  return { request, text: title, letters: Array.from(title).length, width, left, right, before: [], after: [], low: left, high: left, start: left };
}

/** Who stands beside whom: boxes one above the other are in nobody's way sideways. */
function join(items: Item[], { height, air }: NameRules): void {
  const tall = ({ request: { box } }: Item) => Math.max(box.height, height);
  const widest = Math.max(0, ...items.map(({ width, left, right }) => width - (right - left)));
  const places = items.map((item) => ({ ...item.request.box, height: tall(item), item }));
  const around = createNeighbourhood<(typeof places)[number]>(Math.max(1, ...items.map(({ width }) => width)));
  for (const place of places) around.add(place);
  for (const place of places) {
    // Two names at most reach into the space between two boxes.
    for (const other of around.near({ ...place, width: place.width + 2 * (2 * widest + air) }, 0)) {
      if (other.item.left < place.item.right || Math.abs(other.y - place.y) >= (place.height + other.height) / 2) continue;
      place.item.after.push(other.item);
      other.item.before.push(place.item);
    }
  }
}

/** What has no room though all others made way as far as they can. */
function trim(item: Item, rules: NameRules): void {
  const start = Math.max(Math.min(rules.bounds.left, item.left), ...item.before.map((other) => other.right + toAir(other, item, rules)));
  const end = Math.min(Math.max(rules.bounds.right, item.right), ...item.after.map((other) => other.left - toAir(item, other, rules)));
  while (item.width > Math.max(end - start, item.right - item.left) + NEARLY) shorten(item, rules);
}

/** Between two boxes that stand closer, their names need no more air. */
function toAir(before: Item, after: Item, { air }: NameRules): number {
  return Math.min(air, after.left - before.right);
}

/** How far each may go when all others make way for it. @param items from left to right */
function setRanges(items: Item[], rules: NameRules): void {
  const { left, right } = rules.bounds;
  for (const item of items) {
    const free = Math.max(...item.before.map((other) => other.low + other.width + toAir(other, item, rules)), Math.min(left, item.left));
    item.low = Math.max(item.right - item.width, free);
  }
  for (const item of items.toReversed()) {
    const free = Math.min(...item.after.map((other) => other.high - toAir(item, other, rules)), Math.max(right, item.right));
    item.high = Math.min(item.left, free - item.width);
  }
}

/**
 * Who gives a letter: of the names without a place the widest among neighbours. A name that has already left all of one side to its neighbour would not help
 * by being shorter.
 */
function toGiving(items: Item[]): Item[] {
  const helps = ({ low, high, width, left, right }: Item) =>
    low > high + NEARLY && width > right - left && low > right - width + NEARLY && high < left - NEARLY;
  const crowded = new Set(items.filter(helps));
  const gives = ({ width, before, after }: Item) =>
    before.every((other) => !crowded.has(other) || other.width < width) && after.every((other) => !crowded.has(other) || other.width <= width);
  return [...crowded].filter(gives);
}

/** By one letter, down to the width of its box. */
function shorten(item: Item, { toWidth }: NameRules): void {
  const { title, box } = item.request;
  do {
    item.letters--;
    item.text = toShortText(title, item.letters + 1);
  } while (item.letters > 1 && toWidth(item.text) >= item.width);
  item.width = item.letters > 1 ? Math.max(box.width, toWidth(item.text)) : box.width;
}
