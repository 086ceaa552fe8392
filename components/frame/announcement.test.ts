import { expect, test } from "vitest";
import { type Said, toAnnouncement } from "./announcement";

const silence: Said = { text: "", problem: null, newsId: 1 };
const news = { id: 2, says: "STRICT stored" };

test("a problem goes before news, and the news follows", () => {
  const first = toAnnouncement("Kiali is down", news, silence);
  expect(first?.text).toBe("Kiali is down");
  expect(toAnnouncement("Kiali is down", news, first ?? silence)?.text).toBe("STRICT stored");
});

test("nothing is said twice, and nothing out of nothing", () => {
  const said = toAnnouncement(null, news, silence) ?? silence;
  expect(toAnnouncement(null, news, said)).toBeNull();
  expect(toAnnouncement(null, null, silence)).toBeNull();
});

test("the same words are news again when they happen again", () =>
  expect(toAnnouncement(null, { id: 3, says: "turned away" }, { text: "turned away", problem: null, newsId: 2 })?.newsId).toBe(3));

test("a problem that comes back is said again", () => {
  const gone = toAnnouncement(null, news, { text: "Kiali is down", problem: "Kiali is down", newsId: 1 }) ?? silence;
  expect(toAnnouncement("Kiali is down", news, gone)?.text).toBe("Kiali is down");
});

test("a problem that is over is no longer said, and is said again when it comes back without any news between", () => {
  const over = toAnnouncement(null, null, { text: "Kiali is down", problem: "Kiali is down", newsId: 1 }) ?? silence;
  expect(over).toEqual(silence);
  expect(toAnnouncement(null, null, over)).toBeNull();
  expect(toAnnouncement("Kiali is down", null, over)?.text).toBe("Kiali is down");
});
