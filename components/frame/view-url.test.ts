import { expect, test } from "vitest";
import { DEFAULT_VIEW, parseViewUrl, toViewUrl, type ViewState } from "./view-url";

test("the plain address is the plain view", () => {
  expect(parseViewUrl("")).toEqual(DEFAULT_VIEW);
  expect(toViewUrl(DEFAULT_VIEW)).toBe("");
});

test("a link restores the whole view", () => {
  const state: ViewState = {
    namespace: "shop",
    window: 300,
    view: "table",
    mode: "projector",
    selected: "edge a→b",
    animation: false,
    security: false,
    search: "web & api=#",
    focus: "node a",
    onlyNotMutual: true,
    hideIdle: true,
    groups: "off",
    unfolded: ["group|shop", "group|shop|pay"],
    lineSort: "-rate",
    workloadSort: "name",
    viewport: { zoom: 1.25, x: -40, y: 12 },
  };
  expect(parseViewUrl(toViewUrl(state))).toEqual(state);
});

test.each([
  "namespace=../x",
  "namespace=%00",
  "window=61",
  "window=NaN",
  "view=x",
  "at=1,2",
  "at=1,2,3,4",
  "at=Infinity,0,0",
  "at=99,0,0",
  "selected=",
  "focus=",
  "only=x",
  "idle=x",
  "groups=x",
  "unfolded=",
  "sort=--rate",
  "sort-workloads=%3Cb%3E",
  `unfolded=${"x".repeat(1001)}`,
])("a mangled %s falls back to its default", (query) => {
  expect(parseViewUrl(query)).toEqual(DEFAULT_VIEW);
});

test("a search longer than any name is cut, and a link unfolds no more than fits an address", () => {
  expect(parseViewUrl(`search=${"x".repeat(9000)}`).search).toHaveLength(253);
  expect(parseViewUrl(Array.from({ length: 99 }, (_, index) => `unfolded=g${index}`).join("&")).unfolded).toHaveLength(50);
});
