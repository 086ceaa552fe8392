import { EDGES, toDashboard, whenShown } from "./dashboard";
import { findProgram, run } from "./shell";
import { terminals } from "./terminals";
import { expect, test } from "./test";

/** What a person writes in the terminal is on every page within this time, ms. */
const FOLLOWS_WITHIN = 1000;

const curl = findProgram("curl");

test("`. .lab/lab.env` and the lab's own loop: ten 200s, and the page shows them as mutual TLS", async ({ dashboard, lab, page }) => {
  await dashboard.open("?view=table");
  const environment = `${lab}/lab.env`.replaceAll("'", `'\\''`);
  const call =
    curl === null
      ? `node -e "${NODE_CALL}"`
      : `curl -sS -o /dev/null -w '%{http_code}\\n' --cacert "$GATEWAY_CA" -H 'Host: istioinaction.io' --resolve "istioinaction.io:$GATEWAY_PORT:$GATEWAY_IP" "https://istioinaction.io:$GATEWAY_PORT/"`;
  const { stdout, stderr } = await run("/bin/sh", ["-c", `. '${environment}'\nfor i in $(seq 10); do ${call}; done`]);
  expect(stdout.trim().split("\n"), stderr).toEqual(Array(10).fill("200"));
  for (const name of [EDGES.gatewayToWebApi, EDGES.webApiToRecommendation, EDGES.recommendationToHistory]) {
    await expect(dashboard.edge(name)).toHaveAttribute("data-lock", "mutual-tls");
    await expect(dashboard.edge(name)).not.toHaveAttribute("data-rate", "0");
  }
  await expect(page.locator("[data-run]")).toHaveCount(0);
});

/** The loop's call where there is no curl: the address pinned, the name and the CA checked. */
const NODE_CALL = [
  "const { env } = process",
  "const ca = require('fs').readFileSync(env.GATEWAY_CA)",
  "const options = { host: env.GATEWAY_IP, port: env.GATEWAY_PORT, servername: 'istioinaction.io', headers: { host: 'istioinaction.io' }, ca, agent: false }",
  "require('https').get(options, (answer) => answer.resume() && process.stdout.write(answer.statusCode + '\\\\n'))",
].join("; ");

for (const { name, open } of terminals) {
  test(`a policy applied with ${name} is on every open page at once, and any shell meets it`, async ({ context, dashboard, kubernetes, lab, page }) => {
    const others = [toDashboard(await context.newPage()), toDashboard(await context.newPage())];
    for (const each of [dashboard, ...others]) await each.open("?view=table");
    const pages = [page, ...others.map((other) => other.page)];
    const [pod] = await kubernetes.listPods("web-api");
    const terminal = await open(lab);

    const follow = async (selector: string, write: () => Promise<void>) => {
      const shown = Promise.all(pages.map((each) => whenShown(each, selector)));
      await write();
      const written = Date.now();
      expect(Math.max(...(await shown)) - written).toBeLessThan(FOLLOWS_WITHIN);
    };
    await follow("[data-posture][data-mode=STRICT]", () => terminal.applyMode("STRICT"));
    await expect(dashboard.step("requested")).toContainText("elsewhere");
    await expect(dashboard.step("enforced")).toHaveAttribute("data-lit", "true");
    expect(await callFromShell(pod?.ip)).toEqual({ code: 56, answer: "" });

    await follow("[data-posture][data-mode=PERMISSIVE]", () => terminal.applyMode("PERMISSIVE"));
    await expect(page.locator("[data-change=PERMISSIVE] [data-step=enforced]")).toHaveAttribute("data-lit", "true");
    expect(await callFromShell(pod?.ip)).toEqual({ code: 0, answer: "200" });

    await follow("[data-position=inherit]", () => terminal.deletePolicy());
    await terminal.close();
  });
}

/** `curl http://<pod>:8081/`, or the same with Node and curl's exit codes where there is no curl. */
async function callFromShell(address: string | undefined): Promise<{ code: number | null; answer: string }> {
  const url = `http://${address}:8081/`;
  const script = `require("http").get("${url}", { agent: false }, (answer) => answer.resume() && process.stdout.write(String(answer.statusCode))).on("error", ({ code }) => process.exit(code === "ECONNRESET" ? 56 : 7))`;
  const { code, stdout } =
    curl === null ? await run(process.execPath, ["-e", script]) : await run(curl, ["-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", url]);
  return { code, answer: stdout === "000" ? "" : stdout };
}
