import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { ROUTES } from "@/lib/api/routes";
import { NAMESPACE, toPolicy, toPolicyPath } from "./kubernetes-api";
import { expect, test } from "./test";

/** A page that somebody else serves, on a port of its own. */
async function serveElsewhere(): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>elsewhere</title><body>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const COMMANDS = [
  { route: ROUTES.switch, body: { namespace: NAMESPACE, position: "STRICT", expected: null } },
  { route: ROUTES.runs, body: { kind: "calls", page: "elsewhere-page", count: 5, rate: 10, connection: "new" } },
  { route: ROUTES.probes, body: { namespace: NAMESPACE, caller: "without-sidecar" } },
];

/** Everything a foreign page can try without asking first. @returns what it could read, or whether it was let in */
function attack(page: Page, padlock: string): Promise<Record<string, string>> {
  return page.evaluate(
    async ({ target, commands }) => {
      const seen: Record<string, string> = {};
      const settle = (name: string, attempt: Promise<string>) => attempt.catch((error: unknown) => `refused: ${error}`).then((result) => (seen[name] = result));
      const within = <T>(promise: Promise<T>) => Promise.race([promise, new Promise<never>((_, reject) => setTimeout(() => reject("no answer"), 3000))]);
      for (const { route, body } of commands) {
        const send = (init: RequestInit) => fetch(target + route, { method: "POST", body: JSON.stringify(body), ...init }).then((answer) => answer.text());
        await settle(`${route} no-cors`, send({ mode: "no-cors", headers: { "content-type": "text/plain" } }));
        await settle(`${route} cors`, send({ headers: { "content-type": "application/json" } }));
        await settle(
          `${route} beacon`,
          Promise.resolve(navigator.sendBeacon(target + route, new Blob([JSON.stringify(body)], { type: "text/plain" })) ? "" : ""),
        );
        const frame = Object.assign(document.createElement("iframe"), { name: `sink${route}` });
        const form = Object.assign(document.createElement("form"), { method: "post", action: target + route, target: frame.name, enctype: "text/plain" });
        const field = Object.assign(document.createElement("input"), { name: JSON.stringify(body).slice(0, -1), value: "}" });
        form.append(field);
        document.body.append(frame, form);
        await settle(
          `${route} form`,
          within(
            new Promise<string>((resolve) => {
              frame.onload = () => resolve("");
              form.submit();
            }),
          ),
        );
      }
      await settle(
        "state",
        fetch(`${target}/api/state?namespaces=istioinaction&window=60`).then((answer) => answer.text()),
      );
      await settle(
        "state no-cors",
        fetch(`${target}/api/state?namespaces=istioinaction&window=60`, { mode: "no-cors" }).then((answer) => answer.text()),
      );
      await settle(
        "stream",
        within(
          new Promise<string>((resolve, reject) => {
            const source = new EventSource(`${target}/api/stream?namespaces=istioinaction&window=60&page=elsewhere-page`);
            source.addEventListener("state", (event) => resolve(event.data));
            source.onerror = () => reject("closed");
          }),
        ),
      );
      await settle(
        "socket",
        within(
          new Promise<string>((resolve, reject) => {
            const socket = new WebSocket(`${target.replace("http", "ws")}/api/stream`);
            socket.onopen = () => resolve("open");
            socket.onerror = () => reject("closed");
          }),
        ),
      );
      const frame = Object.assign(document.createElement("iframe"), { src: target });
      document.body.append(frame);
      await settle("frame", within(new Promise<string>((resolve) => (frame.onload = () => resolve("")))));
      return seen;
    },
    { target: padlock, commands: COMMANDS },
  );
}

test.describe("B4, B5, B39: a page of another origin", () => {
  // Everything that is refused the browser writes to that page's console.
  test.use({ expectedComplaints: /^(console|policy): / });

  for (const host of ["127.0.0.1", "localhost"]) {
    test(`at ${host} gets nothing done and reads nothing`, async ({ baseURL, kubernetes, padlock, page }) => {
      const before = await padlock.readState();
      const server = await serveElsewhere();
      await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`);
      const seen = await attack(page, baseURL ?? "");
      for (const [attempt, result] of Object.entries(seen)) expect(result, attempt).toMatch(/^$|^refused/);
      // A refused frame has no document of Padlock's.
      const framed = await Promise.all(page.frames().map((frame) => frame.locator("[data-ready]").count()));
      expect(framed.every((count) => count === 0)).toBe(true);

      const after = await padlock.readState();
      expect({ calls: after.calls.recent, run: after.run, journal: after.journal, policies: after.mesh.policies }).toEqual({
        calls: before.calls.recent,
        run: before.run,
        journal: before.journal,
        policies: before.mesh.policies,
      });
      expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);
      await new Promise((resolve) => server.close(resolve));
    });
  }
});

/** Legal in the place it is put, and made to break what does not treat it as text. */
const HOSTILE = {
  markup: `"><img src=x onerror=alert(1)><script>alert(2)</script>`,
  manager: `<img src=x onerror=alert(3)>`,
  template: `\${7*7} {{7*7}} javascript:alert(4)`,
  turning: "\u202Egnp.exe\u200B\u2066",
  tower: `z${"\u0301".repeat(1000)}`,
  long: "w".repeat(10_000),
};
const LONGEST_NAME = `constructor.${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}`;

test.describe("B29, B30: hostile names and texts of objects", () => {
  // The refused press, as the browser itself writes it.
  test.use({ expectedComplaints: /^console: Failed to load resource: the server responded with a status of 409/ });

  test("are text on the page, and move nothing", async ({ dashboard, kubernetes, page }) => {
    const { metadata, ...policy } = toPolicy("STRICT", LONGEST_NAME);
    const annotations = { note: HOSTILE.markup, formula: HOSTILE.template, turning: HOSTILE.turning, tower: HOSTILE.tower, long: HOSTILE.long };
    await kubernetes.must("PATCH", `${toPolicyPath(LONGEST_NAME)}?fieldManager=${encodeURIComponent(HOSTILE.manager)}`, {
      type: "application/apply-patch+yaml",
      body: { ...policy, metadata: { ...metadata, annotations } },
    });
    await kubernetes.must("POST", `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/destinationrules`, {
      type: "application/json",
      body: {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "hasownproperty", namespace: NAMESPACE },
        spec: { host: HOSTILE.markup, trafficPolicy: { tls: { mode: "DISABLE" } } },
      },
    });
    await dashboard.open();
    await expect(page.locator("[data-position=STRICT]")).toBeVisible();
    await dashboard.button("YAML").click();
    const yaml = page.locator(`[data-yaml="${NAMESPACE}/${LONGEST_NAME}"]`);
    await expect(yaml).toContainText("<img src=x onerror=alert(1)>");
    await expect(yaml).toContainText("{{7*7}}");

    await dashboard.button("PERMISSIVE").click();
    await expect(page.locator("[data-notice=problem]")).toContainText(HOSTILE.manager);
    await dashboard.button("Reset the lab").click();
    const plan = page.locator("[data-reset-plan]");
    await expect(plan).toContainText(HOSTILE.markup);
    await expect(plan).toContainText(`written by ${HOSTILE.manager}`);
    await page.keyboard.press("Escape");

    for (const { width, height } of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize({ width, height });
      for (const view of ["graph", "table"]) {
        await dashboard.button(view).click();
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${view} at ${width}`).toBeLessThanOrEqual(width);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.keyboard.press("p");
    await expect(page.locator("[data-projector=on]")).toBeVisible();
    await page.keyboard.press("p");
    await expect(page.locator("img, [onerror]")).toHaveCount(0);
  });
});
