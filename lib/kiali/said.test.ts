import { expect, test } from "vitest";
import { toSayable } from "./said";

test.each([
  ["Invalid duration [soon]", "Invalid duration [soon]"],
  [
    'Post "http://127.0.0.1:9090/api/v1/query": dial tcp 127.0.0.1:9090: connect: connection refused',
    'Post "http://127.0.0.1:9090/api/v1/query": dial tcp 127.0.0.1:9090: connect: connection refused',
  ],
  ["prometheus.istio-system.svc.cluster.local:9090 not found", "prometheus.istio-system.svc.cluster.local:9090 not found"],
  ["get http://admin:hunter2@prom:9090/x failed", "get http://prom:9090/x failed"],
  ["sent Authorization: Bearer abc.def", "sent Authorization: Bearer …"],
  ["token=abcdef&x=1", "token=…&x=1"],
  ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln was refused", "jwt … was refused"],
  ["<b>bold</b> claim", "bold claim"],
  ["two\nlines\u202e and more", "two lines and more"],
])("%j", (said, expected) => expect(toSayable(said)).toBe(expected));

test("a web page is not repeated, and nothing is nothing", () => {
  expect(toSayable("<!DOCTYPE html><html>…</html>")).toBeNull();
  expect(toSayable(" \n ")).toBeNull();
});

test("at most 200 characters", () => expect(toSayable("word ".repeat(1_000))).toHaveLength(200));
