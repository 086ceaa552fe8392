import type { Page } from "@playwright/test";

/** @returns milliseconds between the frames that any page gets in so many seconds */
export function watchFrames(page: Page, seconds: number): Promise<number[]> {
  return page.evaluate(async (limit) => {
    const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const gaps: number[] = [];
    const start = await nextFrame();
    let before = start;
    while (before - start < limit) {
      const now = await nextFrame();
      gaps.push(now - before);
      before = now;
    }
    return gaps;
  }, seconds * 1000);
}

/** Frames a second. */
export async function toFrameRate(page: Page, seconds: number): Promise<number> {
  const gaps = await watchFrames(page, seconds);
  return (gaps.length / gaps.reduce((sum, gap) => sum + gap, 0)) * 1000;
}
