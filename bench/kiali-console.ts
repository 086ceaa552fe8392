import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { BrowserContext } from "@playwright/test";
import { readGraph } from "./graph-files";
import type { Visited } from "./whole-page";

/** Kiali's own console as its build leaves it: a folder with index.html. null = it is not compared with. */
export const CONSOLE_FOLDER = process.env["KIALI_CONSOLE"] ?? null;

export type Animation = "off" | "point" | "dash";

export interface KialiConsole {
  /** Its graph page with a fixed graph, otherwise with the console's own defaults. */
  pageOf(graph: string, animation: Animation): Visited;
  close(): Promise<void>;
}

/** What a real Kiali answered (2.31), as the tests of our own client hold it. */
const RECORDINGS = path.join(process.cwd(), "lib/kiali/testdata/kiali-main");

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** Serves the console with an API that knows as much as its way to the graph needs: who it is for, its settings, the namespaces, the graph. */
export async function serveKialiConsole(folder: string): Promise<KialiConsole> {
  // One page at a time: the last one that was opened said in its address what it is to show.
  let shown = { graph: "15-30", animation: "point" };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://console");
    try {
      if (url.pathname.startsWith("/api/")) {
        const answer = await toAnswer(url.pathname.slice("/api/".length), shown.graph, shown.animation);
        response.writeHead(answer === null ? 404 : 200, { "content-type": "application/json" }).end(answer ?? "{}");
        return;
      }
      const { bench, kind } = Object.fromEntries(url.searchParams);
      if (bench !== undefined && kind !== undefined) shown = { graph: bench, animation: kind };
      const asked = path.extname(url.pathname) === "" ? "/index.html" : path.normalize(url.pathname);
      // In a real one the server writes the root of its address into this file.
      const body = asked === "/env.js" ? "window.WEB_ROOT='';" : await readFile(path.join(folder, asked));
      response.setHeader("content-type", TYPES[path.extname(asked)] ?? "application/octet-stream").end(body);
    } catch (error) {
      response.writeHead(404, { "content-type": "text/plain" }).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    pageOf(bench, animation) {
      const query = {
        bench,
        kind: animation,
        graphType: "workload",
        namespaces: "bench-0",
        duration: "60",
        refresh: "0",
        animation: String(animation !== "off"),
      };
      const [nodes = 0, edges = 0] = bench.split("-").map(Number);
      return {
        url: `http://127.0.0.1:${port}/console/graph/namespaces?${new URLSearchParams(query)}`,
        prepare: (context) => watchScene(context, nodes, edges),
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The console draws SVG: an element of its own for each node and each line. */
async function watchScene(context: BrowserContext, nodes: number, edges: number): Promise<void> {
  await context.addInitScript(
    (expected) => {
      window.benchReceived = () =>
        performance
          .getEntriesByType("resource")
          .find(({ name }) => name.includes("/api/namespaces/graph"))
          ?.toJSON().responseEnd ?? Number.NaN;
      window.benchComplete = () =>
        document.querySelectorAll("[data-kind=edge]").length >= expected.edges && document.querySelectorAll("[data-kind=node]").length >= expected.nodes;
    },
    { nodes, edges },
  );
}

async function toAnswer(asked: string, graph: string, animation: string): Promise<string | null> {
  switch (asked) {
    case "namespaces/graph":
      return readGraph(graph);
    case "namespaces": {
      const names = new Set([...(await readGraph(graph)).matchAll(/"namespace":"(bench-\d+)"/g)].map(([, name]) => name));
      return JSON.stringify([...names].map((name) => ({ name, cluster: "Kubernetes", isAmbient: false, isControlPlane: false, labels: {}, annotations: {} })));
    }
    case "config": {
      const config = JSON.parse(await readRecording("config"));
      config.kialiFeatureFlags.uiDefaults.graph.settings.animation = animation === "dash" ? "dash" : "point";
      return JSON.stringify(config);
    }
    case "auth/info":
      return JSON.stringify({ strategy: "anonymous", sessionInfo: { username: "anonymous", expiresOn: "2099-01-01T00:00:00Z" } });
    case "status":
      return readRecording("status");
    case "tracing":
      return JSON.stringify({ enabled: false });
    default:
      return null;
  }
}

/** The body of a recorded answer. */
async function readRecording(name: string): Promise<string> {
  const recorded = JSON.parse(await readFile(path.join(RECORDINGS, `${name}.json`), "utf8"));
  return JSON.stringify(recorded.response.body);
}
