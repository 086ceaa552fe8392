import { expect, test } from "vitest";
import { toKialiUrl } from "./kiali-url";

const node = { kind: "workload", namespace: "lab", name: "web-api" } as const;
const at = (kialiLink: string | null, over = {}) => toKialiUrl({ kind: "cluster", kialiLink }, { ...node, ...over });

test.each([
  ["http://127.0.0.1:20001/kiali", "http://127.0.0.1:20001/kiali/console/namespaces/lab/workloads/web-api"],
  ["https://kiali.example/", "https://kiali.example/console/namespaces/lab/workloads/web-api"],
  ["https://me:secret@kiali.example/k/?x=1#y", "https://kiali.example/k/console/namespaces/lab/workloads/web-api"],
])("%s leads to %s", (url, page) => expect(at(url)).toBe(page));

test.each(["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "kiali", ""])("%j is no address to lead a person to", (url) =>
  expect(at(url)).toBeNull(),
);

test("names of a cluster stay within their part of the path", () =>
  expect(at("http://k", { name: "../../api?x#y" })).toBe("http://k/console/namespaces/lab/workloads/..%2F..%2Fapi%3Fx%23y"));

test("there is no page without Kiali, in the lab, or of what is no workload", () => {
  expect([at(null), at("http://k", { kind: "service" }), at("http://k", { namespace: null })]).toEqual([null, null, null]);
  expect(toKialiUrl({ kind: "lab", kialiLink: "http://k" }, node)).toBeNull();
});
