import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createHub, type Hub, HubClosed, type HubOptions } from "./hub";
import type { Message, Subscription } from "./subscription";

interface Weather {
  place: { name: string };
  sky: { word: string } | null;
  days: number[];
}

const work = { opened: [] as string[], closed: [] as string[], publish: (_: Partial<Weather>): void => undefined };
let hub: Hub<Weather>;

function createWeatherHub(options: Partial<HubOptions<Weather>> = {}): Hub<Weather> {
  work.opened = [];
  work.closed = [];
  return createHub<Weather>({
    open(view, publish) {
      work.opened.push(view);
      work.publish = publish;
      return { state: { place: { name: view }, sky: null, days: [] }, close: () => work.closed.push(view) };
    },
    ...options,
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  hub = createWeatherHub();
});
afterEach(() => {
  vi.useRealTimers();
});

const parse = (message: Message | null): unknown => (message === null ? null : { [message.event]: JSON.parse(message.data) });
const fetchNext = async (subscription: Subscription) => parse(await subscription.next());
/** What is there to be fetched without waiting. */
const fetchWaiting = async (subscription: Subscription): Promise<unknown> => {
  const nothing = Symbol("nothing");
  const message = await Promise.race([subscription.next(), new Promise<typeof nothing>((resolve) => setImmediate(() => resolve(nothing)))]);
  return message === nothing ? "nothing" : parse(message);
};

describe("work starts with the first subscriber and stops with the last", () => {
  test("one view", () => {
    expect(work.opened).toEqual([]);
    const [first, second] = [hub.subscribe("Bern"), hub.subscribe("Bern")];
    expect(work.opened).toEqual(["Bern"]);
    expect(hub).toMatchObject({ views: ["Bern"], subscribers: 2 });
    first.close();
    first.close();
    vi.advanceTimersByTime(60_000);
    expect(work.closed).toEqual([]);
    second.close();
    expect(hub.subscribers).toBe(0);
    vi.advanceTimersByTime(4_999);
    expect(work.closed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(work.closed).toEqual(["Bern"]);
    expect(hub.views).toEqual([]);
  });
  test("who comes back while it lingers finds it running, and with its present state", async () => {
    hub.subscribe("Bern").close();
    vi.advanceTimersByTime(4_000);
    work.publish({ sky: { word: "rain" } });
    const again = hub.subscribe("Bern");
    vi.advanceTimersByTime(60_000);
    expect(work).toMatchObject({ opened: ["Bern"], closed: [] });
    expect(await fetchNext(again)).toEqual({ state: { place: { name: "Bern" }, sky: { word: "rain" }, days: [] } });
  });
  test("each view for itself", () => {
    hub.subscribe("Bern");
    hub.subscribe("Rome").close();
    vi.advanceTimersByTime(5_000);
    expect(work).toMatchObject({ opened: ["Bern", "Rome"], closed: ["Rome"] });
  });
});

describe("full state, then changes", () => {
  test("a patch holds the sections that changed and nothing else", async () => {
    const subscription = hub.subscribe("Bern");
    expect(await fetchNext(subscription)).toEqual({ state: { place: { name: "Bern" }, sky: null, days: [] } });
    work.publish({ place: { name: "Bern" }, sky: { word: "sun" } });
    expect(await fetchNext(subscription)).toEqual({ patch: { sky: { word: "sun" } } });
    work.publish({ sky: { word: "sun" }, days: [] });
    expect(await fetchWaiting(subscription)).toBe("nothing");
  });
  test("a waiting reader gets it at once; one that came late sees no patch that its state holds already", async () => {
    const early = hub.subscribe("Bern");
    await early.next();
    const pending = fetchNext(early);
    const late = hub.subscribe("Bern");
    work.publish({ days: [1] });
    expect(await pending).toEqual({ patch: { days: [1] } });
    expect(await fetchNext(late)).toEqual({ state: { place: { name: "Bern" }, sky: null, days: [1] } });
    expect(await fetchWaiting(late)).toBe("nothing");
  });
  test("ids grow by one, and differ between two lives of a view", async () => {
    const first = hub.subscribe("Bern");
    const state = await first.next();
    work.publish({ days: [1] });
    const patch = await first.next();
    const [epoch, sequence] = (state?.id ?? "").split(".");
    expect(patch?.id).toBe(`${epoch}.${Number(sequence) + 1}`);
    first.close();
    vi.advanceTimersByTime(5_000);
    expect((await hub.subscribe("Bern").next())?.id.split(".")[0]).not.toBe(epoch);
  });
  test("to every view at once, written once", async () => {
    const [bern, rome] = [hub.subscribe("Bern"), hub.subscribe("Rome")];
    await Promise.all([bern.next(), rome.next()]);
    const toJSON = vi.fn(() => ({ word: "snow" }));
    hub.publish({ sky: { word: "snow", toJSON } as Weather["sky"] });
    expect(await fetchNext(bern)).toEqual({ patch: { sky: { word: "snow" } } });
    expect(await fetchNext(rome)).toEqual({ patch: { sky: { word: "snow" } } });
    expect(toJSON).toHaveBeenCalledTimes(1);
  });
});

test("200 subscribers share one composition and one message (P5)", async () => {
  const subscriptions = Array.from({ length: 200 }, () => hub.subscribe("Bern"));
  const states = await Promise.all(subscriptions.map((subscription) => subscription.next()));
  expect(new Set(states).size).toBe(1);
  const toJSON = vi.fn(() => [1, 2, 3]);
  const pending = subscriptions.map((subscription) => subscription.next());
  work.publish({ days: Object.assign([1, 2, 3], { toJSON }) });
  expect(new Set(await Promise.all(pending)).size).toBe(1);
  expect(toJSON).toHaveBeenCalledTimes(1);
  expect(work.opened).toEqual(["Bern"]);
});

describe("a section that says how it changed", () => {
  const sinceThen = (before: number[], after: number[]) => (before.every((day, index) => after[index] === day) ? { added: after.slice(before.length) } : null);
  const long = Array.from({ length: 50 }, (_, index) => index);

  test("the change is sent instead of the section; who comes later gets the whole", async () => {
    hub = createWeatherHub({ changes: { days: { as: "daysChange", toChange: sinceThen } } });
    const early = hub.subscribe("Bern");
    work.publish({ days: long });
    expect(await fetchNext(early)).toEqual({ state: { place: { name: "Bern" }, sky: null, days: long } });
    work.publish({ days: [...long, 50], sky: { word: "sun" } });
    expect(await fetchNext(early)).toEqual({ patch: { daysChange: { added: [50] }, sky: { word: "sun" } } });
    expect(await fetchNext(hub.subscribe("Bern"))).toEqual({ state: { place: { name: "Bern" }, sky: { word: "sun" }, days: [...long, 50] } });
  });
  test("the whole where there is no change to tell, or one that is as long", async () => {
    hub = createWeatherHub({ changes: { days: { as: "daysChange", toChange: sinceThen } } });
    const subscription = hub.subscribe("Bern");
    await subscription.next();
    work.publish({ days: long });
    expect(await fetchNext(subscription)).toEqual({ patch: { days: long } });
    work.publish({ days: [1] });
    expect(await fetchNext(subscription)).toEqual({ patch: { days: [1] } });
  });
  test("a reader that lost its queue gets the whole, then changes again", async () => {
    hub = createWeatherHub({ maxWaiting: 300, changes: { days: { as: "daysChange", toChange: sinceThen } } });
    const slow = hub.subscribe("Bern");
    work.publish({ days: long });
    await slow.next();
    const days = [...long];
    for (let day = 50; day < 100; day++) work.publish({ days: [...days, ...Array.from({ length: day - 49 }, (_, index) => 50 + index)] });
    const all = Array.from({ length: 100 }, (_, index) => index);
    expect(await fetchNext(slow)).toEqual({ state: { place: { name: "Bern" }, sky: null, days: all } });
    work.publish({ days: [...all, 100] });
    expect(await fetchNext(slow)).toEqual({ patch: { daysChange: { added: [100] } } });
  });
});

describe("a slow reader", () => {
  test("gets one full state instead of a growing queue", async () => {
    hub = createWeatherHub({ maxWaiting: 1_000 });
    const [slow, quick] = [hub.subscribe("Bern"), hub.subscribe("Bern")];
    await Promise.all([slow.next(), quick.next()]);
    let fetched = 0;
    for (let day = 0; day < 500; day++) {
      work.publish({ days: [day] });
      if ((await quick.next())?.event === "patch") fetched++;
    }
    expect(fetched).toBe(500);
    expect(await fetchNext(slow)).toEqual({ state: { place: { name: "Bern" }, sky: null, days: [499] } });
    expect(await fetchWaiting(slow)).toBe("nothing");
    work.publish({ days: [500] });
    // The one above still waits for it.
    expect(hub.subscribers).toBe(2);
  });
  test("within the bound keeps its patches, in order", async () => {
    const slow = hub.subscribe("Bern");
    await slow.next();
    for (const day of [1, 2, 3]) work.publish({ days: [day] });
    for (const day of [1, 2, 3]) expect(await fetchNext(slow)).toEqual({ patch: { days: [day] } });
  });
  test("is dropped when it took nothing for 30 s", () => {
    const stuck = hub.subscribe("Bern");
    vi.advanceTimersByTime(30_000);
    work.publish({ days: [1] });
    expect(stuck.dropped.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    work.publish({ days: [2] });
    expect(stuck.dropped.aborted).toBe(true);
    expect(hub.subscribers).toBe(0);
  });
  test("an idle view drops nobody", async () => {
    const quiet = hub.subscribe("Bern");
    await quiet.next();
    const pending = fetchNext(quiet);
    vi.advanceTimersByTime(3_600_000);
    work.publish({ days: [1] });
    expect(await pending).toEqual({ patch: { days: [1] } });
    expect(quiet.dropped.aborted).toBe(false);
  });
});

describe("closing", () => {
  test("says bye to waiting and to lagging readers, stops all work and takes nobody new", async () => {
    const [waits, lags] = [hub.subscribe("Bern"), hub.subscribe("Rome")];
    await Promise.all([waits.next(), lags.next()]);
    const pending = fetchNext(waits);
    hub.publish({ days: [1] });
    expect(await pending).toEqual({ patch: { days: [1] } });
    const bye = fetchNext(waits);
    const closing = hub.closeAll("restart");
    expect(await bye).toEqual({ bye: { reason: "restart" } });
    expect(await fetchNext(lags)).toEqual({ bye: { reason: "restart" } });
    expect(await lags.next()).toBeNull();
    await closing;
    expect(work.closed).toEqual(["Bern", "Rome"]);
    expect(() => hub.subscribe("Bern")).toThrow(HubClosed);
    vi.advanceTimersByTime(60_000);
    expect(work.closed).toEqual(["Bern", "Rome"]);
  });
  test("does not wait for a stuck reader", async () => {
    const stuck = hub.subscribe("Bern");
    const closing = hub.closeAll("restart");
    vi.advanceTimersByTime(1_000);
    await closing;
    expect(stuck.dropped.aborted).toBe(true);
  });
});
