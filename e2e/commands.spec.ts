import type { Locator, Page } from "@playwright/test";
import { parse } from "yaml";
import { type Ended, findProgram, runInFreshShell } from "./shell";
import { expect, test } from "./test";

/** Whether this machine can run a command that is shown. */
const has = { kubectl: findProgram("kubectl") !== null, curl: findProgram("curl") !== null };

/** A command that is on the page, whole, as Copy gives it. */
async function read(place: Locator | Page, contains: string): Promise<string> {
  const commands = await place.locator("[data-command]").evaluateAll((elements) => elements.map((element) => element.getAttribute("data-command") ?? ""));
  const found = commands.filter((command) => command.includes(contains));
  expect(found, `one command with ${contains} among ${JSON.stringify(commands)}`).toHaveLength(1);
  return found[0] ?? "";
}

/** Runs it in a fresh shell in another folder; where its program is missing, its form alone is looked at. */
async function paste(command: string): Promise<Ended | null> {
  const program = /\b(kubectl|curl)\b/.exec(command)?.[1] as keyof typeof has | undefined;
  expect(program, command).toBeDefined();
  if (program === "kubectl") expect(command).toMatch(/^kubectl --kubeconfig ('\/|\/).* --context padlock-lab /);
  if (program === undefined || !has[program]) return null;
  const ended = await runInFreshShell(command);
  expect(ended.stderr, command).toBe("");
  expect(ended.code, command).toBe(0);
  return ended;
}

test("the switch's commands do what its positions do", async ({ dashboard, page }) => {
  await dashboard.open();
  const act = page.getByRole("region", { name: "1 · Policy" });
  for (const mode of ["STRICT", "PERMISSIVE"] as const) {
    await dashboard.button(mode).hover();
    const command = await read(act, `mode: ${mode}`);
    if ((await paste(command)) === null) continue;
    await expect(page.locator(`[data-position=${mode}]`)).toBeVisible();
    await expect(page.locator(`[data-change=${mode}] [data-step=enforced]`)).toHaveAttribute("data-lit", "true");
  }
  await dashboard.button(/^inherit/).hover();
  if (!has.kubectl) return;
  await paste(await read(act, "delete peerauthentication"));
  await expect(page.locator("[data-position=inherit]")).toBeVisible();
});

test("the load's command is the lab's loop: ten 200s", async ({ dashboard, page }) => {
  await dashboard.open();
  const command = await read(page.getByRole("region", { name: "2 · Traffic" }), "--resolve");
  const ended = await paste(command);
  if (ended !== null) expect(ended.stdout.trim().split("\n")).toEqual(Array(10).fill("200"));
});

test("the command of keep sending makes the same three callers send, until it is ended", async ({ dashboard, page }) => {
  await dashboard.open();
  await dashboard.button("Keep sending").click();
  await expect(dashboard.run).toHaveAttribute("data-run-end", "running");
  const command = await read(page.getByRole("region", { name: "2 · Traffic" }), "$(seq 300)");
  expect(command).toMatch(/curl .*--resolve/);
  expect(command.match(/kubectl --kubeconfig \S+.* exec -n (?:istioinaction|default) /g)).not.toBeNull();
  await dashboard.button("Stop sending").click();
  // The loop as it is, once round instead of three hundred times.
  const ended = has.kubectl && has.curl ? await runInFreshShell(command.replace("$(seq 300)", "1")) : null;
  if (ended === null) return;
  expect(ended.stderr).toBe("");
  expect(ended.stdout).toContain("200");
  expect(ended.stdout.match(/"name": "web-api"/g)).toHaveLength(2);
});

test("the probes' commands call from the pods, and the proxy's log has the call", async ({ dashboard, page }) => {
  await dashboard.open();
  for (const caller of ["with-sidecar", "without-sidecar"] as const) {
    const row = dashboard.probe(caller);
    const ended = await paste(await read(row, " exec "));
    if (ended !== null) expect(JSON.parse(ended.stdout)).toMatchObject({ name: "web-api", code: 200 });
    await row.getByRole("button", { name: /^Try/ }).click();
    await expect(row).toHaveAttribute("data-outcome", "served");
    await row.getByRole("button", { name: /^Why/ }).click();
    const log = await paste(await read(row, " logs "));
    if (log !== null) expect(log.stdout).toContain('"GET / HTTP/1.1" 200');
    await row.getByRole("button", { name: /^Why/ }).click();
  }
  await expect(page.locator("[data-command*=' logs ']")).toHaveCount(0);
});

test("the policy's command prints the YAML that is shown", async ({ dashboard, page }) => {
  await dashboard.open();
  await dashboard.button("YAML").click();
  const ended = await paste(await read(page, " get peerauthentication"));
  const shown = (await page.locator("[data-yaml='istio-system/default']").textContent()) ?? "";
  if (ended !== null) expect(parse(ended.stdout)).toEqual(parse(shown));
});

test("the reset's command takes the namespace's policies away", async ({ dashboard, page }) => {
  await dashboard.open();
  await dashboard.button("STRICT").click();
  await expect(page.locator("[data-position=STRICT]")).toBeVisible();
  await dashboard.button("Reset the lab").click();
  const dialog = page.getByRole("dialog", { name: /^Reset/ });
  await expect(dialog.locator("[data-reset-plan]")).toBeVisible();
  const ended = await paste(await read(dialog, "--all"));
  await dialog.getByRole("button", { name: "Leave it" }).click();
  if (ended !== null) await expect(page.locator("[data-position=inherit]")).toBeVisible();
});
