import path from "node:path";
import { expect, test } from "vitest";
import { type Options, parseOptions } from "./options";

const parse = (...args: string[]) => {
  const parsed = parseOptions(args);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
};
const problem = (...args: string[]) => (parseOptions(args) as { problem?: string }).problem;

test("nothing said is the embedded lab on loopback", () =>
  expect(parse()).toEqual({
    port: 4480,
    labDirectory: null,
    cluster: null,
    namespaces: ["istioinaction"],
    allowExec: false,
    kiali: { url: null, tokenFile: null, caFile: null },
    gateway: { address: null, caFile: null, host: null },
    probeImage: null,
    scrapeSeconds: 15,
    listen: "127.0.0.1",
    allowHosts: [],
    signIn: false,
    help: false,
  } satisfies Options));

test("a context, with everything that can be said of its cluster", () => {
  const args =
    "--context prod --kubeconfig some/config --namespace a,b --namespace c --allow-exec --kiali https://kiali.example/kiali --kiali-token-file t --kiali-ca k.crt --gateway [2001:db8::7]:443 --gateway-ca g.crt --gateway-host Shop.Example --probe-image registry.example/curl:8 --scrape-seconds 30";
  expect(parse(...args.split(" "))).toMatchObject({
    cluster: { by: "kubeconfig", context: "prod", kubeconfig: path.resolve("some/config") },
    namespaces: ["a", "b", "c"],
    allowExec: true,
    kiali: { url: "https://kiali.example/kiali", tokenFile: path.resolve("t"), caFile: path.resolve("k.crt") },
    gateway: { address: "[2001:db8::7]:443", caFile: path.resolve("g.crt"), host: "shop.example" },
    probeImage: "registry.example/curl:8",
    scrapeSeconds: 30,
    signIn: false,
  });
});

test("in a pod there is no kubeconfig; a kubeconfig alone is no choice yet", () => {
  expect(parse("--in-cluster").cluster).toEqual({ by: "service-account" });
  expect(parse("--kubeconfig", "x").cluster).toMatchObject({ by: "kubeconfig", context: null });
});

test.each([
  [["--listen", "127.0.0.1"], false],
  [["--listen", "::1"], false],
  [["--allow-host", "localhost:8080"], false],
  [["--sign-in"], true],
  [["--listen", "0.0.0.0"], true],
  [["--listen", "192.168.1.7", "--allow-host", "teacher.local"], true],
  [["--allow-host", "padlock.example.com"], true],
])("%j asks for a sign-in: %s", (args, expected) => expect(parse(...args).signIn).toBe(expected));

test.each([
  [["--port", "x"], "--port takes a number from 1024 to 65515"],
  [["--port", "80"], "--port takes"],
  [["--port", "70000"], "--port takes"],
  [["--port", "1.5"], "--port takes"],
  [["--prot", "5000"], "--prot"],
  [["more"], "more"],
  [["--context", ""], "--context needs a value"],
  [["--in-cluster", "--context", "x"], "--in-cluster uses the pod's service account, so --context does not go with it"],
  [["--in-cluster", "--kubeconfig", "x"], "--kubeconfig does not go with it"],
  [["--in-cluster", "--allow-exec"], "--allow-exec does not go with it"],
  [["--context", "x", "--lab", "y"], "--lab is for the embedded lab"],
  [["--kiali", "http://k"], "--kiali is for a cluster; choose one with --context NAME or --in-cluster"],
  [["--gateway", "a:1"], "--gateway is for a cluster"],
  [["--namespace", "a"], "--namespace is for a cluster"],
  [["--allow-exec"], "--allow-exec is for a cluster"],
  [["--context", "x", "--namespace", "../default"], "--namespace takes names"],
  [["--context", "x", "--namespace", "a,"], "--namespace takes names"],
  [["--context", "x", "--namespace", "istio-system"], "changes nothing in istio-system"],
  [["--context", "x", "--kiali", "kiali.example"], "--kiali takes an address"],
  [["--context", "x", "--kiali", "ftp://kiali"], "--kiali takes an address"],
  [["--context", "x", "--kiali", "https://me:secret@kiali"], "no login in the address"],
  [["--context", "x", "--kiali", "https://kiali/console?x=1"], "without a query"],
  [["--context", "x", "--gateway", "10.0.0.1"], "--gateway takes HOST:PORT"],
  [["--context", "x", "--gateway", "2001:db8::7:443"], "--gateway takes HOST:PORT"],
  [["--context", "x", "--gateway", "a:0"], "--gateway takes HOST:PORT"],
  [["--context", "x", "--gateway", "http://a:80"], "--gateway takes HOST:PORT"],
  [["--context", "x", "--gateway-host", "10.0.0.1"], "--gateway-host takes"],
  [["--context", "x", "--probe-image", "-rm x"], "--probe-image"],
  [["--context", "x", "--scrape-seconds", "0"], "--scrape-seconds takes"],
  [["--listen", "everywhere"], "--listen takes an address"],
  [["--allow-host", "*"], "--allow-host takes a name"],
  [["--allow-host", "http://x"], "--allow-host takes a name"],
])("%j is a problem with a sentence", (args, sentence) => expect(problem(...args)).toContain(sentence));

test("a login in an address is not repeated", () => expect(problem("--context", "x", "--kiali", "https://me:secret@kiali")).not.toContain("secret"));
