import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type CommandFacts, quote, toCommands } from "./shell-commands";

const facts: CommandFacts = {
  kubeconfigs: ["/home/a b/it's/.lab/kubeconfig"],
  context: "padlock-lab",
  namespace: "istioinaction",
  rootNamespace: "istio-system",
  policy: null,
  policyApiVersion: "security.istio.io/v1",
  gateway: { address: "127.1.2.3", port: 443, host: "istioinaction.io", authority: { file: "/home/a b/root-ca.crt", secret: null, pem: null }, forward: null },
  callers: { "with-sidecar": null, "without-sidecar": { namespace: "default", resource: "pod/sleep-1", container: "sleep" } },
  targetUrl: "http://web-api.istioinaction:8080/",
  targetDeployment: { namespace: "istioinaction", name: "web-api" },
};

test.each(["plain", "with space", "it's", "$(reboot)", "`id`", "a;b", "a\nb", "", "*", "~", '"', "\\", "-n", "!x"])(
  "a shell reads %j back as it was",
  (word) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" })).toBe(word);
  },
);

test("every kubectl command names kubeconfig and context", () => {
  const { kubectl, getPolicy, switch: positions, probe, proxyLog, watchPolicies, reset } = toCommands(facts);
  for (const command of [`${kubectl} get pods`, getPolicy, ...Object.values(positions), probe["without-sidecar"], proxyLog, watchPolicies, reset]) {
    expect(command).toMatch(/^kubectl --kubeconfig '\/home\/a b\/it'\\''s\/\.lab\/kubeconfig' --context padlock-lab /);
  }
});

test("several kubeconfigs are merged by kubectl as well; in a cluster a person uses their own", () => {
  const several = toCommands({ ...facts, kubeconfigs: ["/a", "/b c"] }).watchPolicies;
  expect(several).toBe("KUBECONFIG='/a:/b c' kubectl --context padlock-lab get peerauthentication -A --watch");
  expect(toCommands({ ...facts, kubeconfigs: [] }).watchPolicies).toBe("kubectl get peerauthentication -A --watch");
});

test("what is not there has no command", () => {
  expect(toCommands(facts).probe["with-sidecar"]).toBeNull();
  expect(toCommands({ ...facts, gateway: null }).sendCalls).toBe("");
});

test("without a policy of its own the namespace is shown the mesh's; with one, its own by its name", () => {
  expect(toCommands(facts).getPolicy).toContain("get peerauthentication default -n istio-system -o yaml");
  const own = toCommands({ ...facts, policy: { name: "mine" } });
  expect(own.getPolicy).toContain("get peerauthentication mine -n istioinaction -o yaml");
  expect(own.switch.STRICT).toContain("  name: mine\n");
  expect(own.switch.inherit).toContain("delete peerauthentication mine -n istioinaction");
});

test("the gateway's loop is the lab's curl: CA, Host and address pinned", () => {
  expect(toCommands(facts).sendCalls).toContain(
    "--cacert '/home/a b/root-ca.crt' -H 'Host: istioinaction.io' --resolve istioinaction.io:443:127.1.2.3 https://istioinaction.io:443/",
  );
  expect(
    toCommands({ ...facts, gateway: { address: "fd00::1", port: 443, host: "x.io", authority: { file: null, secret: null, pem: null }, forward: null } })
      .sendCalls,
  ).toContain("--resolve 'x.io:443:[fd00::1]'");
});

test("an authority that is in no file is handed to curl as one", () => {
  const trust = (authority: Partial<NonNullable<CommandFacts["gateway"]>["authority"]>) =>
    toCommands({
      ...facts,
      kubeconfigs: [],
      gateway: { address: "10.0.0.1", port: 443, host: "x.io", authority: { file: null, secret: null, pem: null, ...authority }, forward: null },
    }).sendCalls;
  const [, word = ""] = /--cacert <\((.*?)\) -H/.exec(trust({ pem: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n" })) ?? [];
  expect(execFileSync("sh", ["-c", word], { encoding: "utf8" })).toBe("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
  expect(trust({ secret: { namespace: "istio-system", name: "istioinaction-cert" } })).toContain(
    "--cacert <(kubectl get secret istioinaction-cert -n istio-system -o go-template=",
  );
  expect(trust({})).not.toContain("--cacert");
});

test("what is reached through the API server is forwarded first", () => {
  const gateway = {
    address: "istio-system/gw-1",
    port: 8443,
    host: "x.io",
    authority: { file: null, secret: null, pem: null },
    forward: { namespace: "istio-system", pod: "gw-1" },
  };
  const { sendCalls } = toCommands({ ...facts, kubeconfigs: [], gateway });
  expect(sendCalls).toMatch(
    /^kubectl port-forward -n istio-system pod\/gw-1 8443 >\/dev\/null & sleep 2; for .*--resolve x\.io:8443:127\.0\.0\.1 .*; done; kill \$!$/,
  );
});
