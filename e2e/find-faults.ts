import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** @returns what axe finds, as "rule: element" */
export async function findFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}
