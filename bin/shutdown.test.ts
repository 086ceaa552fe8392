import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { build, createFolder, endAll, start } from "./testdata/padlock";

beforeAll(build, 300_000);
afterEach(endAll, 60_000);

/** A stream as a page opens it, with all that it was told. */
async function openStream(url: string, page: string): Promise<{ text(): string; ended: Promise<unknown> }> {
  const request = get(`${url}/api/stream?namespaces=istioinaction&window=60&page=${page}`, { agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => {
    // The last word is what counts; the whole of 200 streams would be much.
    text = (text + chunk).slice(-2_000);
  });
  response.on("error", () => {});
  return { text: () => text, ended: new Promise((resolve) => response.once("close", resolve)) };
}

test("F25: SIGTERM with 200 open streams and a load ends within 12 s, with a word to each", { timeout: 150_000 }, async () => {
  const { process: padlock, url } = await start(["--lab", createFolder()]);
  await vi.waitFor(
    async () => {
      const state = await (await fetch(`${url}/api/state?namespaces=istioinaction&window=60`)).json();
      expect(state.sources.gateway.state).toBe("ok");
    },
    { timeout: 30_000, interval: 200 },
  );
  const streams = await Promise.all(Array.from({ length: 200 }, (_, index) => openStream(url, `page-${String(index >> 2).padStart(4, "0")}`)));
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("\npadlock_stream_clients 200\n");
  const body = JSON.stringify({ kind: "calls", page: "page-0000", count: 3000, rate: 50, connection: "new" });
  expect((await fetch(`${url}/api/runs`, { method: "POST", headers: { "content-type": "application/json" }, body })).status).toBe(200);
  await vi.waitFor(
    async () => expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/\npadlock_load_calls_total\{caller="gateway",outcome="served"\} [1-9]/),
    { timeout: 10_000, interval: 100 },
  );

  const exit = once(padlock, "exit");
  const asked = performance.now();
  padlock.kill("SIGTERM");
  const [code, signal] = await exit;
  expect(performance.now() - asked).toBeLessThan(12_000);
  expect([code, signal]).toEqual([0, null]);
  await Promise.all(streams.map(({ ended }) => ended));
  expect(streams.filter((stream) => !/\nevent: bye\n/.test(stream.text()))).toHaveLength(0);
});
