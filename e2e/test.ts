import { type BrowserContext, test as base, expect } from "@playwright/test";
import { type Dashboard, toDashboard } from "./dashboard";
import { type KubernetesApi, openKubernetesApi } from "./kubernetes-api";
import { type PadlockApi, toPadlockApi } from "./padlock-api";

export interface Fixtures {
  dashboard: Dashboard;
  padlock: PadlockApi;
  kubernetes: KubernetesApi;
  /** The lab's folder. */
  lab: string;
  /** What no page may do: write errors to the console, break its own content security policy, or open a dialog of the browser's. */
  complaints: string[];
  /** Complaints that a spec brings about itself, as when it takes the server away. */
  expectedComplaints: RegExp | null;
  start: undefined;
}

export const test = base.extend<Fixtures>({
  lab: ["", { option: true }],
  padlock: ({ baseURL }, use) => use(toPadlockApi(baseURL ?? "")),
  kubernetes: async ({ lab }, use) => {
    const api = await openKubernetesApi(lab);
    await use(api);
    await api.close();
  },
  dashboard: ({ page }, use) => use(toDashboard(page)),
  expectedComplaints: [null, { option: true }],
  complaints: [
    async ({ context, expectedComplaints }, use) => {
      const complaints: string[] = [];
      await watchPages(context, complaints);
      await use(complaints);
      expect([...new Set(complaints)].filter((complaint) => expectedComplaints?.test(complaint) !== true)).toEqual([]);
    },
    { auto: true },
  ],
  /** Each test leaves the lab at its start, so that none meets another's leftovers. */
  start: [
    async ({ padlock }, use) => {
      await use(undefined);
      await padlock.reset();
    },
    { auto: true },
  ],
});

export { expect };

async function watchPages(context: BrowserContext, complaints: string[]): Promise<void> {
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(`thrown: ${error.error().stack?.split("\n").slice(0, 3).join(" ")}`));
  context.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await context.exposeFunction("tellViolation", (violation: string) => void complaints.push(`policy: ${violation}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      (window as unknown as { tellViolation(text: string): void }).tellViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
}
