import { expect, test } from "vitest";
import { splitLink, toPeopleWords } from "./invite-words";

test("a link is said as an address and a code", () => {
  expect(splitLink("http://lab.example:4480/enter?code=abcde-fghij-kmnpq-rstuv")).toEqual({
    address: "http://lab.example:4480",
    code: "abcde-fghij-kmnpq-rstuv",
  });
  expect(splitLink("http://[2001:db8::1]:4480/enter?code=a")).toEqual({ address: "http://[2001:db8::1]:4480", code: "a" });
});

test.each(["", "enter?code=a", "http://lab.example/"])("%j is no link with a code", (link) => expect(splitLink(link)).toBeNull());

test.each([
  [0, "Nobody looks on yet."],
  [1, "One browser looks on now."],
  [30, "30 browsers look on now."],
])("%i viewers", (viewer, words) => expect(toPeopleWords({ viewer, instructor: 1 })).toBe(words));
