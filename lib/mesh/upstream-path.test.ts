import { expect, test } from "vitest";
import { parseUpstreamPath, toMilliseconds } from "./upstream-path";

const history = { name: "purchase-history-v1", uri: "http://purchase-history:8080", duration: "224.9µs", code: 200 };
const recommendation = { name: "recommendation", uri: "http://recommendation:8080", duration: "6.1ms", upstream_calls: [history], code: 200 };
const hops = [
  { name: "web-api", code: 200, durationMs: 12.9, depth: 0 },
  { name: "recommendation", code: 200, durationMs: 6.1, depth: 1 },
  { name: "purchase-history-v1", code: 200, durationMs: expect.closeTo(0.2249, 6), depth: 2 },
];

test("the lab's chain, upstream calls as an array", () => {
  expect(parseUpstreamPath(JSON.stringify({ name: "web-api", duration: "12.9ms", upstream_calls: [recommendation], code: 200 }))).toEqual(hops);
});

test("newer releases key them by URI and send the body as JSON", () => {
  const nested = { ...recommendation, upstream_calls: { [history.uri]: history } };
  expect(
    parseUpstreamPath(JSON.stringify({ name: "web-api", duration: "12.9ms", body: { a: 1 }, upstream_calls: { [recommendation.uri]: nested }, code: 200 })),
  ).toEqual(hops);
});

test("a failed hop is named by the host that was called; -1 when nobody answered", () => {
  const failed = { name: "", uri: "http://recommendation.istioinaction:8080", code: -1, error: "Error communicating with upstream service" };
  expect(parseUpstreamPath(JSON.stringify({ name: "web-api", code: 500, upstream_calls: [failed] }))).toEqual([
    { name: "web-api", code: 500, durationMs: null, depth: 0 },
    { name: "recommendation", code: -1, durationMs: null, depth: 1 },
  ]);
});

test("two upstreams of one service keep their depth", () => {
  const body = {
    name: "a",
    code: 200,
    upstream_calls: [
      { name: "b", code: 200, upstream_calls: [{ name: "c", code: 200 }] },
      { name: "d", code: 200 },
    ],
  };
  expect(parseUpstreamPath(JSON.stringify(body)).map(({ name, depth }) => `${name}${depth}`)).toEqual(["a0", "b1", "c2", "d1"]);
});

test.each([
  "",
  "null",
  "[]",
  "42",
  '"x"',
  "<html>",
  '{"name":"web-api"}',
  '{"name":1,"code":200}',
  '{"__proto__":{"name":"x","code":200}}',
  "[".repeat(100_000),
])("%#: what is no such answer gives no path", (body) => {
  expect(parseUpstreamPath(body)).toEqual([]);
});

test("depth, number and size are capped; names are cleaned", () => {
  let deep: object = { name: "end", code: 200 };
  for (let depth = 0; depth < 1_000; depth++) deep = { name: `n${depth}`, code: 200, upstream_calls: [deep] };
  expect(parseUpstreamPath(JSON.stringify(deep))).toHaveLength(16);
  const wide = { name: "root", code: 200, upstream_calls: Array.from({ length: 500 }, (_, index) => ({ name: `n${index}`, code: 200 })) };
  expect(parseUpstreamPath(JSON.stringify(wide))).toHaveLength(64);
  expect(parseUpstreamPath(JSON.stringify({ name: "x".repeat(1_000_001), code: 200 }))).toEqual([]);
  expect(parseUpstreamPath(JSON.stringify({ name: "we\u202Eb\u0000", code: 99_999 }))).toEqual([{ name: "web", code: -1, durationMs: null, depth: 0 }]);
});

test.each([
  ["12.9ms", 12.9],
  ["1.2s", 1_200],
  ["1m0.5s", 60_500],
  ["2h3m", 7_380_000],
  ["500μs", 0.5],
  ["7us", 0.007],
  ["0s", 0],
  ["", null],
  ["12", null],
  ["-1s", null],
  ["1s ", null],
  [12, null],
  [null, null],
])("Go duration %s is %s ms", (text, expected) => {
  const value = toMilliseconds(text);
  expect(value).toEqual(expected === null ? null : expect.closeTo(expected, 9));
});
