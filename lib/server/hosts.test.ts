import { expect, test } from "vitest";
import { listOwnAddresses } from "./address";
import { isAllowedHost, toAllowedHosts, toLinkOrigin } from "./hosts";

const at = (address: string, port = 4480) => ({ address, port });

test.each([
  ["the loopback", at("127.0.0.1"), [], ["127.0.0.1:4480", "localhost:4480", "LOCALHOST:4480", "[::1]:4480"]],
  ["the address it listens on", at("192.0.2.7"), [], ["192.0.2.7:4480", "localhost:4480"]],
  ["an IPv6 address", at("2001:db8::7"), [], ["[2001:db8::7]:4480"]],
  ["a name at the port it listens on", at("192.0.2.7"), ["Lab.Example"], ["lab.example:4480", "LAB.example:4480"]],
  ["a name at a tunnel's port", at("127.0.0.1"), ["localhost:9000"], ["localhost:9000", "localhost:4480"]],
  ["the port that http has anyway", at("192.0.2.7", 80), ["lab.example", "far.example:80"], ["lab.example", "lab.example:80", "192.0.2.7", "far.example"]],
  ["bare and bracketed IPv6 names", at("127.0.0.1"), ["2001:db8::9", "[2001:db8::a]:9000"], ["[2001:db8::9]:4480", "[2001:db8::a]:9000"]],
])("%s is answered under", (_name, listen, extra, hosts) => {
  const allowed = toAllowedHosts(listen, extra);
  for (const host of hosts) expect(isAllowedHost([host], allowed), host).toBe(true);
});

test.each([
  ["another port", "lab.example:9000"],
  ["no port", "lab.example"],
  ["a longer name", "lab.example.evil:4480"],
  ["a name below it", "x.lab.example:4480"],
  ["an address of somebody else", "192.0.2.8:4480"],
  ["nothing", ""],
])("%s is not", (_name, host) => expect(isAllowedHost([host], toAllowedHosts(at("192.0.2.7"), ["lab.example"]))).toBe(false));

test("two hosts are none", () => {
  expect(isAllowedHost(["localhost:4480", "localhost:4480"], toAllowedHosts(at("127.0.0.1")))).toBe(false);
});

test("all addresses of the machine when it listens on all", () => {
  const allowed = toAllowedHosts(at("0.0.0.0"));
  for (const address of listOwnAddresses()) expect([...allowed].some((host) => host.includes(address))).toBe(true);
  expect(isAllowedHost(["0.0.0.0:4480"], allowed)).toBe(false);
});

test.each([
  ["the first name that was given", at("192.0.2.7"), ["lab.example", "other"], "http://lab.example:4480"],
  ["a tunnel's end", at("127.0.0.1"), ["localhost:9000"], "http://localhost:9000"],
  ["else the address", at("192.0.2.7"), [], "http://192.0.2.7:4480"],
  ["in brackets", at("2001:db8::7"), [], "http://[2001:db8::7]:4480"],
])("a link leads to %s", (_name, listen, extra, origin) => expect(toLinkOrigin(listen, extra)).toBe(origin));

test("a link never leads to the wildcard", () => expect(toLinkOrigin(at("0.0.0.0"))).not.toContain("0.0.0.0"));
