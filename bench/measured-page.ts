/** What each page of a bench offers as `window.bench`, so that ours and the baselines are measured by the same code. */
export interface MeasuredPage {
  /** Draws a graph in Kiali's form; settles when its last element is in the scene. */
  draw(json: string): Promise<void>;
  /** The same picture with other figures, as the stream tells them (`GraphChange`); only of pages that can. */
  update?(json: string): Promise<void>;
  setMotion(on: boolean): void;
  /** Particles on screen now. */
  countParticles?(): number;
}

/** What a driver asks of a page, in the page. */
export interface MeasuringPage {
  /** Fetches, then measures from "graph JSON received" to the second frame after the last element is in the scene, ms. */
  paint(graph: string): Promise<number>;
  /** From "change received" (JSON of a `GraphChange`) to the second frame after the update, ms. */
  change(json: string): Promise<number>;
  setMotion(on: boolean): void;
  countParticles(): number;
}

declare global {
  interface Window {
    bench: MeasuringPage;
  }
}

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

export async function twoFrames(): Promise<void> {
  await nextFrame();
  await nextFrame();
}

export function offer(page: MeasuredPage): void {
  window.bench = {
    async paint(graph) {
      const json = await (await fetch(`/graphs/${graph}.json`)).text();
      const received = performance.now();
      performance.mark("graph JSON received");
      await page.draw(json);
      await twoFrames();
      return performance.now() - received;
    },
    async change(json) {
      const received = performance.now();
      await page.update?.(json);
      await twoFrames();
      return performance.now() - received;
    },
    setMotion: page.setMotion,
    countParticles: () => page.countParticles?.() ?? 0,
  };
}
