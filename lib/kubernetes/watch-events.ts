import { StringDecoder } from "node:string_decoder";
import { z } from "zod";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

/** A line of a watch that cannot be used, and why. */
export interface BrokenLine {
  type: "BROKEN";
  problem: string;
}

const eventShape = z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]), object: z.looseObject({}) });

export const MAX_LINE_CHARACTERS = 1024 * 1024;

/**
 * Cuts a watch's bytes into events, one JSON document a line.
 * @returns a function that takes the next chunk and gives the events completed by it; a line over 1 MB is dropped while it comes in
 */
export function createEventReader(): (chunk: Uint8Array) => (WatchEvent | BrokenLine)[] {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  let dropping = false;
  return (chunk) => {
    const lines = (pending + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))).split("\n");
    pending = lines.pop() ?? "";
    const events: (WatchEvent | BrokenLine)[] = [];
    for (const line of lines) {
      if (dropping) dropping = false;
      else if (line.length > MAX_LINE_CHARACTERS) events.push(tooLong());
      else if (line.trim() !== "") events.push(parseEvent(line));
    }
    if (pending.length > MAX_LINE_CHARACTERS) {
      if (!dropping) events.push(tooLong());
      dropping = true;
      pending = "";
    }
    return events;
  };
}

function tooLong(): BrokenLine {
  return { type: "BROKEN", problem: `an event over ${MAX_LINE_CHARACTERS} characters` };
}

function parseEvent(line: string): WatchEvent | BrokenLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { type: "BROKEN", problem: "a line that is not JSON" };
  }
  const event = eventShape.safeParse(value);
  return event.success ? event.data : { type: "BROKEN", problem: "a line that is not an event" };
}
