import type { AddressInfo } from "node:net";
import { findFaults } from "./find-faults";
import { attack, serveElsewhere } from "./foreign-page";
import { toPolicyPath } from "./kubernetes-api";
import { LISTEN, openAs, shared } from "./signed-in";
import { expect } from "./test";

// Refusals, as the browser itself writes them.
shared.use({ expectedComplaints: /Failed to load resource: the server responded with a status of 40[13]/ });

shared("the room's link is in the page; signing everybody else out ends their pages, once", async ({ browser, signIn, toInstructorLink }) => {
  const viewer = await openAs(browser, signIn.room);
  const asked: string[] = [];
  const instructor = await openAs(browser, await toInstructorLink());
  const { page } = instructor.dashboard;
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.locator("[data-room]")).toHaveAttribute("data-room", /\/enter\?code=([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  const before = await page.locator("[data-room]").getAttribute("data-room");
  await page.getByRole("button", { name: "Sign everybody else out" }).click();
  await page.getByRole("button", { name: "Yes, sign everybody else out" }).click();
  await expect(page.locator("[data-ended=true]")).toBeVisible();
  await expect(page.locator("[data-room]")).not.toHaveAttribute("data-room", before ?? "");

  await expect(viewer.dashboard.page.getByRole("heading", { name: "You are signed out" })).toBeVisible({ timeout: 15_000 });
  viewer.dashboard.page.on("request", (request) => asked.push(request.url()));
  await viewer.dashboard.page.waitForTimeout(3_000);
  expect(asked).toEqual([]);

  // The fixture's own session was one of the others: it comes in again.
  signIn.room = (await page.locator("[data-room]").getAttribute("data-room")) ?? "";
  await page.getByRole("button", { name: "Make a sign-in link" }).click();
  const link = await page.getByRole("region", { name: "Another instructor" }).locator("[data-link]").getAttribute("data-link");
  const entered = await fetch(link ?? "", { redirect: "manual" });
  signIn.cookie = entered.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  await Promise.all([viewer.context.close(), instructor.context.close()]);
});

shared("axe finds nothing on the sign-in page, the invitation and a viewer's page; all of it goes by keyboard", async ({ page, signIn, toInstructorLink }) => {
  const link = await toInstructorLink();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto("/");
    expect(await findFaults(page)).toEqual([]);
  }
  await page.getByLabel("Code").focus();
  await page.keyboard.type(new URL(signIn.room).searchParams.get("code") ?? "");
  await page.keyboard.press("Enter");
  const readOnly = page.getByRole("button", { name: "Read only" });
  await readOnly.press("Enter");
  await expect(page.getByRole("dialog", { name: "This session" })).toBeVisible();
  expect(await findFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(readOnly).toBeFocused();

  await page.goto(link);
  const invite = page.getByRole("button", { name: "Invite" });
  await invite.press("Enter");
  await expect(page.locator("[data-room]")).toBeVisible();
  await page.getByRole("button", { name: "Make a sign-in link" }).press("Enter");
  await expect(page.getByRole("region", { name: "Another instructor" }).locator("[data-link]")).toBeVisible();
  expect(await findFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(invite).toBeFocused();
});

shared.describe("S4: pages of another origin, in a browser that is signed in", () => {
  shared.use({ expectedComplaints: /^(console|policy): / });
  for (const host of ["127.0.0.2", "localhost"]) {
    shared(`at ${host} get nothing done and read nothing`, async ({ kubernetes, padlock, page, signIn, toInstructorLink }) => {
      await page.goto(await toInstructorLink());
      await expect(page.locator("[data-ready=true]").first()).toBeAttached();
      const before = await padlock.readState();
      const server = await serveElsewhere(host);
      await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`);
      const seen = await attack(page, signIn.url);
      expect(Object.keys(seen).length).toBeGreaterThanOrEqual(12);
      for (const [attempt, result] of Object.entries(seen)) expect(result, attempt).toMatch(/^$|^refused/);
      const framed = await Promise.all(page.frames().map((frame) => frame.locator("[data-ready]").count()));
      expect(framed.every((count) => count === 0)).toBe(true);
      const after = await padlock.readState();
      expect({ calls: after.calls.recent, run: after.run, policies: after.mesh.policies }).toEqual({
        calls: before.calls.recent,
        run: before.run,
        policies: before.mesh.policies,
      });
      expect((await kubernetes.ask("GET", toPolicyPath("default"))).status).toBe(404);
      // They signed nobody out either.
      expect((await page.goto(signIn.url))?.status()).toBe(200);
      await new Promise((resolve) => server.close(resolve));
    });
  }
});

shared("S8: what happened stands in the log, without a code or a cookie", async ({ page, signIn, toInstructorLink }) => {
  const link = await toInstructorLink();
  await page.goto(link);
  await expect(page.locator("[data-ready=true]").first()).toBeAttached();
  await page.getByRole("button", { name: "Try a call with sidecar" }).click();
  await expect.poll(() => signIn.log()).toContain('"action":"/api/probes"');
  expect(signIn.log()).toContain('"action":"sign-in"');
  const cookies = await page.context().cookies();
  expect(cookies.filter(({ name }) => name === `padlock-${LISTEN.port}`)).toMatchObject([{ httpOnly: true, sameSite: "Strict" }]);
  const codes = [link, signIn.printed, signIn.room].map((each) => new URL(each).searchParams.get("code"));
  for (const secret of [...codes, ...cookies.filter(({ httpOnly }) => httpOnly).map(({ value }) => value), signIn.cookie.split("=")[1]]) {
    expect(secret?.length).toBeGreaterThan(20);
    expect(signIn.log()).not.toContain(secret);
  }
});
