import type { BrowserContext, Page } from "@playwright/test";
import type { LiveState } from "@/lib/api/state";

/** What a page hears on its stream: a state and nothing after it, nothing at all, or a state and then that the line is down. */
export interface Told {
  state: LiveState | null;
  down?: boolean;
}

/** Gives pages a literal state in place of the server's stream; everything else of the built page is as it is. */
export async function tellState(target: BrowserContext | Page, told: Told): Promise<void> {
  await target.addInitScript(({ state, down }) => {
    class ToldStream extends EventTarget {
      onerror: ((event: Event) => void) | null = null;
      constructor(readonly url: string) {
        super();
        setTimeout(() => {
          // By this browser's clock, so that what is literal never grows old.
          if (state !== null) this.dispatchEvent(new MessageEvent("state", { data: JSON.stringify(state) }));
          if (down === true) setTimeout(() => this.onerror?.(new Event("error")), 150);
        }, 0);
      }
      close(): void {}
    }
    Object.assign(window, { EventSource: ToldStream });
  }, told);
}
