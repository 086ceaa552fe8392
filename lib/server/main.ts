import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import next from "next";
import { type Config, parseConfig } from "./config";
import { createEdgeServer } from "./edge-server";
import { toAllowedHosts } from "./hosts";
import { logLine } from "./log";
import { endWithParent } from "./parent";

/**
 * The app's process: Next behind the edge, on loopback. It is started by the launcher, tells it its address, and ends when the launcher is
 * gone or asks. The runtime itself (watches, polls, hub) lives in Next's own bundle; it leaves its end here, on `globalThis`.
 */

declare global {
  var padlockShutdown: (() => Promise<void>) | undefined;
}

/** A stopping app has this long for its streams and writes before it ends anyway, ms. */
const SHUTDOWN_LIMIT = 11_000;

async function main(): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const config = parseConfig(process.env["PADLOCK_CONFIG"]);
  let allowed: ReadonlySet<string> = new Set();
  const app = next({ dev: false, dir: root, quiet: true });
  const handle = app.getRequestHandler();
  // The port is ours before Next is ready: a page that comes back meanwhile is answered a moment later.
  const { promise: prepared, resolve: onPrepared } = createGate();
  const server = createEdgeServer(
    (request, response) => prepared.then(() => handle(request, response)),
    () => allowed,
  );
  const { port, busy } = await listenFrom(server, config.listen.port);
  allowed = toAllowedHosts(port, config.allowHosts);
  process.env["PADLOCK_CONFIG"] = JSON.stringify({ ...config, listen: { ...config.listen, port } } satisfies Config);
  await app.prepare();
  onPrepared();
  const url = `http://127.0.0.1:${port}`;
  process.send?.({ type: "ready", url, busy });

  let ending = false;
  const end = async (reason: string) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT).unref();
    logLine("info", { event: "ending", reason });
    await globalThis.padlockShutdown?.().catch((error: unknown) => logLine("error", { event: "shutdown", error }));
    server.close();
    server.closeAllConnections();
    process.exit(0);
  };
  endWithParent(() => process.exit(0));
  process.on("SIGTERM", () => void end("SIGTERM"));
  process.on("SIGINT", () => void end("SIGINT"));
  process.on("uncaughtException", (error) => {
    logLine("error", { event: "uncaught", error });
    void end("uncaught exception");
  });
  process.on("unhandledRejection", (error) => logLine("error", { event: "unhandled rejection", error }));
  // The watches start with the server, not with the first visitor: the page then has its first state at once.
  await fetch(`${url}/api/state?namespaces=${config.namespaces[0]}&window=60`).then(
    (response) => response.body?.cancel(),
    () => {},
  );
}

function createGate(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Listens on loopback at the wished port, or the next free one. @throws when none of 20 is free */
async function listenFrom(server: ReturnType<typeof createEdgeServer>, wished: number): Promise<{ port: number; busy: boolean }> {
  for (let port = wished; port < wished + 20; port++) {
    server.listen(port, "127.0.0.1");
    const error = await Promise.race([
      once(server, "listening").then(() => null),
      once(server, "error").then(([reason]) => reason as NodeJS.ErrnoException),
    ]).catch((reason: NodeJS.ErrnoException) => reason);
    if (error === null) return { port: (server.address() as AddressInfo).port, busy: port !== wished };
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
  }
  throw new Error(`No free port between ${wished} and ${wished + 19}.`);
}

await main();
