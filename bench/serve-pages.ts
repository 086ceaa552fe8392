import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { readGraph } from "./graph-files";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ENTRIES = {
  padlock: "bench/pages/padlock.tsx",
  cytoscape: "bench/pages/cytoscape.ts",
  "naive-svg": "bench/pages/naive-svg.ts",
  // The name under which the stage asks for it, beside its own script.
  "layout.worker.ts": "components/graph/layout.worker.ts",
};
export type PageName = Exclude<keyof typeof ENTRIES, "layout.worker.ts">;

/** The few of the dashboard's utility classes that the stage needs to have its size. */
const STYLE = `html,body,body>div{margin:0;height:100%;font-family:system-ui,sans-serif}.relative{position:relative}.absolute{position:absolute}.inset-0{inset:0}
.h-full{height:100%}.w-full{width:100%}.overflow-hidden{overflow:hidden}.pointer-events-none{pointer-events:none}
.sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}`;

export interface Pages {
  urlOf(page: PageName, query?: string): string;
  close(): Promise<void>;
}

/** Serves the measured pages and the fixed graphs on loopback, bundled as a production build is. */
export async function servePages(): Promise<Pages> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: "pages",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "warning",
  });
  const scripts = new Map(outputFiles.map(({ path, contents }) => [path.replace(/^.*\/pages\//, "/"), contents]));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://bench").pathname;
    // A worker is asked for by its source's name.
    const script = scripts.get(path.endsWith(".ts") ? `${path}.js` : path);
    const graph = /^\/graphs\/([\d-]+)\.json$/.exec(path)?.[1];
    const page = /^\/([a-z-]+)$/.exec(path)?.[1];
    if (script) response.setHeader("content-type", "text/javascript").end(script);
    else if (graph) response.setHeader("content-type", "application/json").end(await readGraph(graph));
    else if (page && scripts.has(`/${page}.js`))
      response
        .setHeader("content-type", "text/html")
        .end(`<!doctype html><meta charset="utf-8"><title>${page}</title><style>${STYLE}</style><body><script type="module" src="/${page}.js"></script>`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (page, query = "") => `http://127.0.0.1:${port}/${page}${query}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
