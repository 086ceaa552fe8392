import { expect, test } from "vitest";
import type { Commands } from "@/lib/api/state";
import type { AccessQuestion } from "@/lib/kubernetes/reviews";
import type { AccessAnswers } from "./access-answers";
import { toGrantCommand, toMissingWords } from "./right-words";
import { type ActionPlaces, findGatewaySecret, toQuestions, toRights } from "./rights";

const PLACES: ActionPlaces = {
  namespace: "shop",
  meshNamespace: "istio-system",
  callers: { "with-sidecar": { namespace: "shop", by: "exec" }, "without-sidecar": { namespace: "default", by: "exec" } },
  target: "shop",
  secret: { namespace: "istio-ingress", name: "shop-credential" },
  kubernetesVersion: "v1.35.4",
};

const COMMANDS: Commands = {
  kubectl: "kubectl --kubeconfig /home/x/.kube/config --context viewer",
  getPolicy: "",
  switch: { inherit: "", PERMISSIVE: "", STRICT: "kubectl --kubeconfig /home/x/.kube/config --context viewer apply -f - <<'EOF'\nmode: STRICT\nEOF" },
  sendCalls: "",
  probe: { "with-sidecar": null, "without-sidecar": "kubectl --kubeconfig /home/x/.kube/config --context viewer exec -n default sleep -- curl" },
  proxyLog: null,
  watchPolicies: "",
  reset: "",
};

const text = ({ verb, group, resource, subresource, namespace }: AccessQuestion) =>
  `${verb} ${resource}${subresource ? `/${subresource}` : ""}${group ? `.${group}` : ""} ${namespace}`;

/** Answers as an API server would that forbids what `refuses` names and does not know what `silent` names. */
function answers(refuses: (question: string) => boolean, silent: (question: string) => boolean = () => false, user: string | null = "ann"): AccessAnswers {
  return {
    isAllowed: (question) => (silent(text(question)) ? null : !refuses(text(question))),
    user,
    refused: () => undefined,
    close: () => undefined,
  };
}

test("a user who may do everything finds nothing missing", () => {
  for (const right of Object.values(
    toRights(
      answers(() => false),
      PLACES,
      COMMANDS,
    ),
  )) {
    expect(right).toEqual({ allowed: true, says: null, command: null, grant: null });
  }
});

test("what the API server has not said is not known, and nothing is claimed to be missing", () => {
  const rights = toRights(
    answers(
      () => false,
      (question) => question.startsWith("patch"),
    ),
    PLACES,
    COMMANDS,
  );
  expect(rights.switch).toEqual({ allowed: null, says: null, command: null, grant: null });
  expect(rights["read-logs"].allowed).toBe(true);
});

test("one missing verb disables the switch, and names verb, resource, namespace and user; the act and the grant are for somebody else's kubectl", () => {
  const { switch: right } = toRights(
    answers((question) => question === "patch peerauthentications.security.istio.io shop"),
    PLACES,
    COMMANDS,
  );
  expect(right).toEqual({
    allowed: false,
    says: "ann may not patch peerauthentications.security.istio.io in shop.",
    command: "kubectl apply -f - <<'EOF'\nmode: STRICT\nEOF",
    grant:
      "kubectl create role padlock-switch -n shop --verb=patch --resource=peerauthentications.security.istio.io\n" +
      "kubectl create rolebinding padlock-switch -n shop --role=padlock-switch --user=ann",
  });
});

test("each caller is asked for where its pod is", () => {
  const rights = toRights(
    answers((question) => question.endsWith("pods/exec default")),
    PLACES,
    COMMANDS,
  );
  expect(rights["probe-with-sidecar"].allowed).toBe(true);
  expect(rights["probe-without-sidecar"].says).toBe("ann may not get or create pods/exec in default.");
});

test("Padlock itself may call without any right, whatever it may not do in its own namespace", () => {
  const places: ActionPlaces = { ...PLACES, callers: { ...PLACES.callers, "without-sidecar": { namespace: "padlock", by: "padlock" } } };
  const nothing = answers(() => true);
  expect(toQuestions("probe-without-sidecar", places)).toEqual([]);
  expect(toRights(nothing, places, COMMANDS)["probe-without-sidecar"]).toEqual({ allowed: true, says: null, command: null, grant: null });
  expect(toRights(nothing, places, COMMANDS)["probe-with-sidecar"].allowed).toBe(false);
});

test.each([
  ["v1.27.3", ["get"]],
  ["v1.35.4", ["get", "create"]],
  [null, ["get", "create"]],
])("on Kubernetes %s a command in a pod takes %j", (kubernetesVersion, verbs) => {
  expect(toQuestions("probe-with-sidecar", { ...PLACES, kubernetesVersion }).map(({ verb }) => verb)).toEqual(verbs);
});

test("reset needs the namespace's policies and rules, and the mesh's policy", () => {
  expect(toQuestions("reset", PLACES).map(text)).toEqual([
    "delete peerauthentications.security.istio.io shop",
    "create peerauthentications.security.istio.io istio-system",
    "patch peerauthentications.security.istio.io istio-system",
    "delete peerauthentications.security.istio.io istio-system",
    "delete destinationrules.networking.istio.io shop",
  ]);
});

test("reset asks nothing about a mesh-wide policy that it leaves alone", () => {
  expect(toQuestions("reset", { ...PLACES, meshNamespace: null }).map(({ namespace }) => namespace)).toEqual(["shop", "shop"]);
});

test("the gateway's Secret lies beside its pods; without one there is nothing to ask", () => {
  const server = { port: 443, protocol: "HTTPS", hosts: ["*"], tls: { mode: "SIMPLE", credentialName: "shop-credential", httpsRedirect: false } };
  const gateway = { namespace: "shop", name: "shop", selector: { istio: "ingress" }, servers: [server] };
  const workload = { namespace: "istio-ingress", labels: { istio: "ingress" } };
  expect(findGatewaySecret([gateway], workload)).toEqual({ namespace: "istio-ingress", name: "shop-credential" });
  expect(findGatewaySecret([gateway], { ...workload, labels: {} })).toBeNull();
  expect(findGatewaySecret([gateway], null)).toBeNull();
  expect(
    toRights(
      answers(() => true),
      { ...PLACES, secret: null },
      COMMANDS,
    )["read-secret"].allowed,
  ).toBeNull();
});

const SWITCH = (["create", "patch", "delete"] as const).map((verb) => ({
  verb,
  group: "security.istio.io",
  resource: "peerauthentications",
  namespace: "shop",
}));

test("service accounts are granted as such, and a user whose name nobody knows is granted nothing", () => {
  expect(toGrantCommand(SWITCH, "system:serviceaccount:teaching:padlock", "padlock-switch")).toContain(
    "create rolebinding padlock-switch -n shop --role=padlock-switch --serviceaccount=teaching:padlock",
  );
  expect(toGrantCommand(SWITCH, null, "padlock-switch")).toBeNull();
  expect(toMissingWords(SWITCH, null)).toBe("This user may not create, patch or delete peerauthentications.security.istio.io in shop.");
});

test("a hostile user name stays one word of the shell", () => {
  expect(toGrantCommand(SWITCH, "x; rm -rf ~ 'y'", "padlock-switch")).toContain(`--user='x; rm -rf ~ '\\''y'\\'''`);
});
