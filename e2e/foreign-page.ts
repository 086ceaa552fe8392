import { createServer, type Server } from "node:http";
import type { Page } from "@playwright/test";
import { ROUTES } from "@/lib/api/routes";
import { NAMESPACE } from "./kubernetes-api";

/** A page that somebody else serves, on a port of its own. */
export async function serveElsewhere(host = "127.0.0.1"): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>elsewhere</title><body>"));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

const COMMANDS = [
  { route: ROUTES.switch, body: { namespace: NAMESPACE, position: "STRICT", expected: null } },
  { route: ROUTES.runs, body: { kind: "calls", page: "elsewhere-page", count: 5, rate: 10, connection: "new" } },
  { route: ROUTES.probes, body: { namespace: NAMESPACE, caller: "without-sidecar" } },
];

/** Everything a foreign page can try without asking first. @returns what it could read, or whether it was let in */
export function attack(page: Page, padlock: string): Promise<Record<string, string>> {
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
      // A sandboxed frame has no origin: what it sends says `Origin: null`.
      const opaque = document.createElement("iframe");
      opaque.setAttribute("sandbox", "allow-scripts allow-forms");
      const [first] = commands;
      opaque.srcdoc = `<form method="post" enctype="text/plain" action="${target}${first?.route}"><input name='${JSON.stringify(first?.body).slice(0, -1)}' value="}"></form><script>
        fetch(${JSON.stringify(target + first?.route)}, { method: "POST", mode: "no-cors", credentials: "include", body: ${JSON.stringify(JSON.stringify(first?.body))} })
          .then((answer) => answer.text()).then((text) => parent.postMessage(text, "*"), () => parent.postMessage("", "*"))
          .finally(() => document.forms[0].submit());
      </script>`;
      const answered = new Promise<string>((resolve) => addEventListener("message", (event) => resolve(event.data), { once: true }));
      document.body.append(opaque);
      await settle("without an origin", within(answered));
      await settle(
        "picture",
        within(
          new Promise<string>((resolve) => {
            const picture = new Image();
            picture.onload = () => resolve("drawn");
            picture.onerror = () => resolve("");
            picture.src = `${target}/icon.svg`;
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
