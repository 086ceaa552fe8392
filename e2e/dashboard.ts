import { expect, type Locator, type Page } from "@playwright/test";

/** The lines of the lab's story, as the table names them. */
export const EDGES = {
  userToGateway: "client → istio-system/istio-ingressgateway",
  gatewayToWebApi: "istio-system/istio-ingressgateway → istioinaction/web-api",
  webApiToRecommendation: "istioinaction/web-api → istioinaction/recommendation",
  recommendationToHistory: "istioinaction/recommendation → istioinaction/purchase-history-v1",
  withSidecarToWebApi: "istioinaction/sleep → istioinaction/web-api",
  withoutSidecarToWebApi: "default/sleep → istioinaction/web-api",
} as const;

/** The page as a person knows it: its parts by their names. */
export interface Dashboard {
  page: Page;
  /** @param query of the address, `?view=table` */
  open(query?: string): Promise<void>;
  button(name: string | RegExp): Locator;
  /** The first line that is read; `data-mode`, `data-posture`, `data-stale`. */
  posture: Locator;
  /** One of the four steps of a change, `data-lit`. */
  step(name: "requested" | "stored" | "enforcing" | "enforced"): Locator;
  edge(name: string): Locator;
  /** The run that goes on, or the last one; `data-run-end`. */
  run: Locator;
  /** A caller's row in the third act; `data-outcome`, `data-encryption`. */
  probe(caller: "with-sidecar" | "without-sidecar"): Locator;
  source(name: "kubernetes" | "kiali" | "gateway" | "prometheus"): Locator;
}

export function toDashboard(page: Page): Dashboard {
  return {
    page,
    async open(query = "") {
      await page.goto(`/${query}`);
      await expect(page.locator("[data-ready=true]").first()).toBeAttached();
      await expect(page.locator("[data-source=kubernetes]").or(page.locator("[data-projector]")).first()).toBeAttached();
    },
    button: (name) => page.getByRole("button", { name, exact: typeof name === "string" }),
    posture: page.locator("[data-posture]"),
    step: (name) => page.locator(`[data-step=${name}]`),
    edge: (name) => page.locator(`[data-edge="${name}"]`),
    run: page.locator("[data-run]"),
    probe: (caller) => page.locator(`[data-probe=${caller}]`),
    source: (name) => page.locator(`[data-source=${name}]`),
  };
}

/**
 * When something comes to be on a page, by the page's own clock, which is this machine's: finer than asking again and again.
 * @returns epoch ms; wait for it after the act that brings it about @throws when it has not come within 10 s
 */
export function whenShown(page: Page, selector: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve, reject) => {
        const look = () => {
          if (document.querySelector(wanted) === null) return;
          observer.disconnect();
          clearTimeout(limit);
          resolve(Date.now());
        };
        const observer = new MutationObserver(look);
        const limit = setTimeout(() => reject(new Error(`${wanted} has not come`)), 10_000);
        observer.observe(document, { subtree: true, childList: true, attributes: true });
        look();
      }),
    selector,
  );
}
