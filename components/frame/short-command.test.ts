import { expect, test } from "vitest";
import { toCallsCommand, toKeepSendingCommand, toShortCommand } from "./short-command";

const TARGET = "--kubeconfig '/home/a b/.lab/kubeconfig' --context padlock-lab";

test("a call from a pod shows who calls what", () =>
  expect(toShortCommand(`kubectl ${TARGET} exec -n default deploy/sleep -c sleep -- curl -sS -m 5 http://web-api.istioinaction:8080/`)).toBe(
    "kubectl exec -n default deploy/sleep -- curl http://web-api.istioinaction:8080/",
  ));

test("a policy shows the mode it brings", () =>
  expect(toShortCommand(`kubectl ${TARGET} apply -f - <<'EOF'\nkind: PeerAuthentication\nspec:\n  mtls:\n    mode: STRICT\nEOF`)).toBe(
    "kubectl apply … mode: STRICT",
  ));

test("the lab's loop shows its count and its address", () => {
  const loop = "for i in $(seq 10); do curl -sS -o /dev/null -w '%{http_code}\\n' --cacert /x/ca.crt -H 'Host: a.io' https://a.io:8443/; done";
  expect(toShortCommand(loop)).toBe("for i in $(seq 10); do curl -H 'Host: a.io' https://a.io:8443/; done");
  expect(toCallsCommand(loop, 25)).toContain("$(seq 25)");
});

test("log options with a container are kept", () =>
  expect(toShortCommand(`kubectl ${TARGET} logs -n istioinaction deploy/web-api -c istio-proxy --tail=5`)).toBe(
    "kubectl logs -n istioinaction deploy/web-api -c istio-proxy --tail=5",
  ));

test("keep sending is the callers there are, once a second, as a shell understands it", () => {
  expect(toKeepSendingCommand("for i in $(seq 10); do curl a; done", ["kubectl exec b", null], 300)).toBe(
    "for s in $(seq 300); do (for i in $(seq 1); do curl a; done) & (kubectl exec b) & sleep 1; done; wait",
  );
  expect(toKeepSendingCommand("", [null, null], 300)).toBeNull();
});
