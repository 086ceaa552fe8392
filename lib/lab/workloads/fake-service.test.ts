import { expect, test } from "vitest";
import { toFakeServiceSettings, toGoDuration, toGoTime, toListenPort } from "./fake-service";

test.each([
  [12.9, "12.9ms"],
  [0.2249, "224.9µs"],
  [1200, "1.2s"],
  [0, "0s"],
  [0.000_5, "500ns"],
  [1, "1ms"],
  [999.999_999, "999.999999ms"],
])("%d ms is %s in Go", (ms, text) => {
  expect(toGoDuration(ms)).toBe(text);
});

test("times have microseconds and no zone", () => {
  expect(toGoTime(Date.UTC(2021, 5, 8, 14, 0, 0) + 12.345_6)).toMatch(/^2021-06-08T14:00:00\.01234[56]$/);
});

test("a container's environment decides port and upstreams", () => {
  expect(toListenPort({ LISTEN_ADDR: "0.0.0.0:8081" })).toBe(8081);
  expect(toListenPort({ LISTEN_ADDR: "nonsense" })).toBe(9090);
  expect(toFakeServiceSettings({ UPSTREAM_URIS: "http://a:8080, http://b:8080", NAME: "x" })).toEqual({
    name: "x",
    message: "Hello World",
    upstreamUris: ["http://a:8080", "http://b:8080"],
  });
});
