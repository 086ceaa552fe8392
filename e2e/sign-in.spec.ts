import type { AddressInfo } from "node:net";
import { ROUTES } from "@/lib/api/routes";
import { serveElsewhere } from "./foreign-page";
import { NAMESPACE } from "./kubernetes-api";
import { openAs, shared } from "./signed-in";
import { expect } from "./test";

// Refusals, as the browser itself writes them.
shared.use({ expectedComplaints: /Failed to load resource: the server responded with a status of 40[13]/ });

shared("without a link there is the sign-in page and nothing else; a wrong code says so", async ({ page, signIn }) => {
  const answer = await page.goto("/?namespace=istioinaction");
  expect(answer?.status()).toBe(401);
  await expect(page.getByRole("heading", { name: "Sign in to Padlock" })).toBeVisible();
  expect(await page.locator("script").count()).toBe(0);
  expect(await page.content()).not.toContain(NAMESPACE);
  await page.getByLabel("Code").fill("zzzzz-zzzzz-zzzzz-zzzzz");
  await page.getByRole("button", { name: "Look on" }).click();
  await expect(page.getByRole("heading", { name: "This code does not fit" })).toBeVisible();
  await page.getByLabel("Code").fill(new URL(signIn.room).searchParams.get("code")?.toUpperCase() ?? "");
  await page.getByRole("button", { name: "Look on" }).click();
  await expect(page.locator("[data-ready=true]").first()).toBeAttached();
});

shared(
  "a one-time link signs in and leaves no code in the address; its second use is refused",
  async ({ browser, dashboard, page, toInstructorLink, signIn }) => {
    const link = await toInstructorLink();
    await page.goto(link);
    await expect(page).toHaveURL(`${signIn.url}/`);
    await expect(dashboard.button("Send 10 calls")).toBeEnabled();
    expect(await page.evaluate(() => document.cookie)).toBe("");

    const elsewhere = await browser.newContext();
    const second = await elsewhere.newPage();
    for (const used of [link, signIn.printed]) {
      expect((await second.goto(used))?.status()).toBe(401);
      await expect(second.getByRole("heading", { name: "This link was used already" })).toBeVisible();
    }
    await elsewhere.close();

    await dashboard.button("Invite").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: /Sign in to Padlock|You are signed out/ })).toBeVisible();
    expect((await page.goto("/"))?.status()).toBe(401);
  },
);

shared("a link on another site's page signs in, too", async ({ page, toInstructorLink, signIn }) => {
  const link = await toInstructorLink();
  const server = await serveElsewhere();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  await page.evaluate((href) => {
    const anchor = Object.assign(document.createElement("a"), { href, textContent: "the link" });
    document.body.append(anchor);
  }, link);
  await page.getByRole("link", { name: "the link" }).click();
  await expect(page).toHaveURL(`${signIn.url}/`);
  await expect(page.locator("[data-ready=true]").first()).toBeAttached();
  await new Promise((resolve) => server.close(resolve));
});

shared("the room sees everything as it happens, and its controls rest and say why", async ({ browser, padlock, signIn }) => {
  const { context, dashboard: viewer } = await openAs(browser, signIn.room);
  const { page } = viewer;
  for (const name of ["Send 10 calls", "Keep sending", "Try a call no sidecar", "Try a call with sidecar", "Reset the lab", "STRICT", "PERMISSIVE"]) {
    const control = page.getByRole("button", { name, exact: true });
    await expect(control).toBeDisabled();
    await expect(control.locator("xpath=ancestor-or-self::*[@title][1]")).toHaveAttribute("title", "This link is read only.");
  }
  await expect(page.locator("[data-read-only]")).toContainText("This link is read only.");

  // The keys do nothing either.
  for (const key of ["l", "k", "t", "u", "m"]) await page.keyboard.press(key);
  const refused = await page.evaluate(async (namespace) => {
    const answer = await fetch("/api/switch", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ namespace, position: "STRICT", expected: null }),
    });
    return { status: answer.status, body: await answer.json() };
  }, NAMESPACE);
  expect(refused).toMatchObject({ status: 403, body: { error: { code: "read-only", message: expect.stringContaining("read only") } } });
  const { run, calls, switch: policy } = await padlock.readState();
  expect([run.current, calls.recent, policy.position]).toEqual([null, [], "inherit"]);

  expect((await padlock.post(ROUTES.switch, { namespace: NAMESPACE, position: "STRICT", expected: null })).status).toBe(200);
  await expect(viewer.posture).toHaveAttribute("data-mode", "STRICT");
  await page.keyboard.press("g");
  await expect(page.getByRole("table").first()).toBeVisible();
  await page.keyboard.press("p");
  await expect(page.locator("[data-projector=on]")).toBeVisible();
  await page.keyboard.press("p");
  await expect(page.getByRole("button", { name: /^Copy the command/ }).first()).toBeEnabled();
  await context.close();
});
