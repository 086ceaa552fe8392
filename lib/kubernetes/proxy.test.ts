import { expect, test } from "vitest";
import { chooseProxy } from "./proxy";

const proxy = "http://proxy.example:3128";
const shell = (none: string) => ({ https: proxy, http: null, none });
const ask = (address: string, none = "") => chooseProxy(new URL(address), null, shell(none));

test.each([
  ["https://api.example:6443", "", proxy],
  ["http://api.example:6443", "", null],
  ["https://127.0.0.1:6443", "", null],
  ["https://127.3.2.1", "", null],
  ["https://localhost:6443", "", null],
  ["https://[::1]:6443", "", null],
  ["https://api.example:6443", "*", null],
  ["https://api.example:6443", "example", null],
  ["https://api.example:6443", ".example", null],
  ["https://example:6443", ".example", proxy],
  ["https://api.example:6443", "other, api.example:6443", null],
  ["https://api.example:6443", "api.example:443", proxy],
  ["https://api.example", "api.example:443", null],
  ["https://api.example", "i.example", proxy],
  ["https://10.1.2.3:6443", "10.0.0.0/8", null],
  ["https://11.1.2.3:6443", "10.0.0.0/8", proxy],
  ["https://10.1.2.3:6443", "10.1.2.3", null],
  ["https://[fd00::5]:6443", "fd00::/8", null],
  ["https://[fd00::5]:6443", "fd00::5", null],
  ["https://api.example", "10.0.0.0/99,/,", proxy],
])("%s with NO_PROXY=%j goes through %s", (address, none, expected) => expect(ask(address, none)).toBe(expected));

test("what the kubeconfig names comes first, for loopback too; a bare host is an HTTP proxy", () => {
  expect(chooseProxy(new URL("https://127.0.0.1"), "socks5://127.0.0.1:1080", shell("*"))).toBe("socks5://127.0.0.1:1080");
  expect(chooseProxy(new URL("https://api.example"), "", { https: "proxy:3128", http: null, none: null })).toBe("http://proxy:3128");
  expect(chooseProxy(new URL("https://api.example"), null, null)).toBeNull();
});
