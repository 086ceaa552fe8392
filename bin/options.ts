import path from "node:path";
import { parseArgs } from "node:util";

export interface Options {
  port: number;
  /** Folder in which the lab keeps its `.lab`; null = the checkout. */
  labDirectory: string | null;
  help: boolean;
}

/** Where the page is served unless told otherwise. */
const DEFAULT_PORT = 4480;

export const USAGE = `Usage: npm start -- [--port PORT] [--lab FOLDER]

  --port PORT    port of the page on 127.0.0.1 (default ${DEFAULT_PORT}; the next free one when it is taken)
  --lab FOLDER   existing folder in which the lab keeps its .lab files (default: the checkout); one lab a folder
  --help         this text`;

/** @returns the options, or the problem with them in a sentence */
export function parseOptions(args: readonly string[]): Options | { problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: "string" }, lab: { type: "string" }, help: { type: "boolean", short: "h" } },
      strict: true,
      allowPositionals: false,
    });
    const port = values.port === undefined ? DEFAULT_PORT : Number(values.port);
    if (!Number.isInteger(port) || port < 1024 || port > 65_515)
      return { problem: `--port takes a number from 1024 to 65515, not ${JSON.stringify(values.port)}.` };
    return { port, labDirectory: values.lab === undefined ? null : path.resolve(values.lab), help: values.help ?? false };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
