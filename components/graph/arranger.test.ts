import { expect, test } from "vitest";
import { arrangeQuickly } from "./arrange-quick";
import { type Arrangements, createArranger, type Picture } from "./arranger";
import { layout } from "./layout";
import { toMetrics } from "./metrics";
import { toModel } from "./model";
import { labMesh, measureRoughly, screen } from "./testdata/lab";

const picture: Picture = {
  model: toModel(labMesh(), { showLocks: true }),
  metrics: screen,
  direction: "right",
  room: { width: 1008, height: 610 },
  view: { x: 500, y: 300, width: 1008, height: 610 },
  filtered: false,
};

/** An arranger of one stage; tells how often it had to lay out. */
function createStageLike(kept: Arrangements) {
  let layouts = 0;
  let laidOut: () => void = () => undefined;
  const client = {
    async layout(request: Parameters<typeof layout>[0]) {
      layouts++;
      return layout(request, arrangeQuickly);
    },
    close() {},
  };
  const arranger = createArranger(client, measureRoughly, kept, () => laidOut());
  return {
    get layouts() {
      return layouts;
    },
    async arrange(wanted: Picture) {
      const whenLaidOut = new Promise<void>((resolve) => {
        laidOut = resolve;
      });
      const at = arranger.arrange(wanted);
      if (at) return at;
      await whenLaidOut;
      return arranger.arrange(wanted);
    },
  };
}

test("a stage that was taken away and comes back stands as it stood, without a layout", async () => {
  const kept: Arrangements = new Map();
  const before = await createStageLike(kept).arrange(picture);
  const again = createStageLike(kept);
  expect((await again.arrange(picture))?.positions).toEqual(before?.positions);
  expect(again.layouts).toBe(0);
});

test("another size is another picture, and the first one is still there after it", async () => {
  const kept: Arrangements = new Map();
  const projector = { ...picture, metrics: toMetrics("projector", 1920) };
  const stage = createStageLike(kept);
  const before = await stage.arrange(picture);
  const large = await stage.arrange(projector);
  expect(large?.positions).not.toEqual(before?.positions);
  expect(stage.layouts).toBe(2);
  expect((await stage.arrange(picture))?.positions).toEqual(before?.positions);
  expect(stage.layouts).toBe(2);
});

test("no more are kept than a page shows in an hour", async () => {
  const kept: Arrangements = new Map();
  for (let index = 0; index < 20; index++)
    await createStageLike(kept).arrange({ ...picture, model: { ...picture.model, subject: JSON.stringify([`namespace-${index}`]) } });
  expect(kept.size).toBeLessThanOrEqual(8);
});
