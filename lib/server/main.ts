import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import next from "next";
import { isLoopback, isWildcard, toUrlHost } from "./address";
import { checkTarget } from "./choose-target";
import { type Config, ConfigError, parseConfig } from "./config";
import { createEdgeServer, type EdgeRules } from "./edge-server";
import { watchEventLoop } from "./event-loop";
import { toAllowedHosts } from "./hosts";
import { logLine } from "./log";
import { endWithParent } from "./parent";
import { createOpenGate, type Gate, getGate } from "./sign-in/gate";
import { LINK_MS } from "./sign-in/links";

/**
 * The app's process: Next behind the edge, on loopback unless told otherwise. It is started by the launcher, tells it its address and the
 * sign-in links, and ends when the launcher is gone or asks. The runtime itself (watches, polls, hub) lives in Next's own bundle; it leaves
 * its end here, on `globalThis`.
 */

declare global {
  var padlockShutdown: (() => Promise<void>) | undefined;
}

/** A stopping app has this long for its streams and writes before it ends anyway, ms. */
const SHUTDOWN_LIMIT = 11_000;

async function main(): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const config = parseConfig(process.env["PADLOCK_CONFIG"]);
  if (!config.signIn && !isLoopback(config.listen.address)) {
    throw new ConfigError(`Padlock listens on ${config.listen.address}, where others can reach it, only with sign-in.`);
  }
  const target = await checkTarget(config);
  let rules: EdgeRules = { allowedHosts: new Set(), gate: createOpenGate() };
  const app = next({ dev: false, dir: root, quiet: true });
  const handle = app.getRequestHandler();
  const eventLoop = watchEventLoop();
  let isReady = false;
  // The port is ours before Next is ready: a page that comes back meanwhile is answered a moment later.
  const { promise: prepared, resolve: onPrepared } = createLatch();
  const server = createEdgeServer(
    (request, response) => prepared.then(() => handle(request, response)),
    () => rules,
    { health: { eventLoopLag: () => eventLoop.lag, isReady: () => isReady }, readMetrics },
  );
  const { port, busy } = await listenFrom(server, config.listen);
  const known: Config = { ...config, listen: { ...config.listen, port } };
  process.env["PADLOCK_CONFIG"] = JSON.stringify(known);
  const gate = getGate(known);
  rules = { allowedHosts: toAllowedHosts(known.listen, config.allowHosts), gate };
  await app.prepare();
  onPrepared();
  isReady = true;
  const url = `http://${toUrlHost(isWildcard(config.listen.address) ? "127.0.0.1" : config.listen.address)}:${port}`;
  process.send?.({ type: "ready", url, busy, target, signIn: gate.signIn ? toSignIn(gate) : null });
  process.on("message", (message: { type?: unknown }) => {
    // Asked for by Enter in the terminal. A link that is still good stays: it stands in the terminal already.
    if (message.type === "sign-in-link" && gate.signIn) process.send?.({ type: "sign-in-link", ...toAnotherLink(gate) });
  });

  let ending = false;
  const end = async (reason: string) => {
    if (ending) return;
    ending = true;
    isReady = false;
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
  const own = gate.startOwn();
  await fetch(`${url}/api/state?namespaces=${config.namespaces[0]}&window=60`, { headers: { cookie: own.cookie } }).then(
    (response) => response.body?.cancel(),
    () => {},
  );
  own.end();
}

function toSignIn(gate: Gate): { link: string; room: string; minutes: number } {
  return { link: gate.createInstructorLink().url, room: gate.invite().room, minutes: LINK_MS / 60_000 };
}

function toAnotherLink(gate: Gate): { link: string | null; minutes: number } {
  const until = gate.instructorLinkUntil();
  if (until !== null) return { link: null, minutes: Math.ceil((until - Date.now()) / 60_000) };
  return { link: gate.createInstructorLink().url, minutes: LINK_MS / 60_000 };
}

/** @throws while the runtime is not there */
async function readMetrics(): Promise<string> {
  const runtime = await globalThis.padlockRuntime;
  if (runtime === undefined) throw new Error("not started");
  return runtime.metrics();
}

function createLatch(): { promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Listens at the wished port, or the next free one. @throws when none of 20 is free, or the address is not this machine's */
async function listenFrom(server: ReturnType<typeof createEdgeServer>, { address, port: wished }: Config["listen"]): Promise<{ port: number; busy: boolean }> {
  for (let port = wished; port < wished + 20; port++) {
    server.listen(port, address);
    const error = await Promise.race([
      once(server, "listening").then(() => null),
      once(server, "error").then(([reason]) => reason as NodeJS.ErrnoException),
    ]).catch((reason: NodeJS.ErrnoException) => reason);
    if (error === null) return { port: (server.address() as AddressInfo).port, busy: port !== wished };
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
  }
  throw new Error(`No free port between ${wished} and ${wished + 19}.`);
}

/** What a person can mend is told to the launcher as a sentence; the rest is ours, with its stack. */
await main().catch((error: unknown) => {
  if (!(error instanceof ConfigError) || process.send === undefined) throw error;
  process.send({ type: "failed", message: error.message, exitCode: 2 }, () => process.exit(2));
});
