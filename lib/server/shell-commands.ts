import type { Commands } from "@/lib/api/state";
import type { SwitchPosition } from "@/lib/mesh/modes";

/** Facts of the target in use from which the commands beside the buttons are made. */
export interface CommandFacts {
  /** Files that are merged; none when Padlock runs in the cluster: a person then uses their own. */
  kubeconfigs: readonly string[];
  context: string;
  namespace: string;
  rootNamespace: string;
  /** The policy that decides for the namespace; null = it has none of its own. */
  policy: { name: string } | null;
  /** API version that is written, `security.istio.io/v1`. */
  policyApiVersion: string;
  gateway: { address: string; port: number; host: string; authority: AuthorityFacts; forward: ForwardFacts | null } | null;
  callers: { "with-sidecar": PodFacts | null; "without-sidecar": PodFacts | null };
  targetUrl: string | null;
  /** Workload whose proxy log shows who called. */
  targetDeployment: { namespace: string; name: string } | null;
}

/** Where the PEM of whoever signed the gateway's certificate is: a file, a Secret, or as it is here; all null = the system knows it. */
interface AuthorityFacts {
  file: string | null;
  secret: { namespace: string; name: string } | null;
  pem: string | null;
}

/** The gateway's pod, where its port is reached through the API server. */
interface ForwardFacts {
  namespace: string;
  pod: string;
}

interface PodFacts {
  namespace: string;
  /** `deploy/sleep` or `pod/x`. */
  resource: string;
  container: string;
}

/** POSIX shell word: quoted unless every character is plainly safe. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function toKubectl({ kubeconfigs, context }: Pick<CommandFacts, "kubeconfigs" | "context">): string {
  const [only, ...more] = kubeconfigs;
  if (only === undefined) return "kubectl";
  // `--kubeconfig` takes one file; several are merged only from the variable.
  return more.length === 0
    ? `kubectl --kubeconfig ${quote(only)} --context ${quote(context)}`
    : `KUBECONFIG=${quote(kubeconfigs.join(":"))} kubectl --context ${quote(context)}`;
}

/** Each is whole: absolute paths, explicit kubeconfig and context, so that it works in a fresh terminal in any folder. */
export function toCommands(facts: CommandFacts): Commands {
  const kubectl = toKubectl(facts);
  const name = facts.policy?.name ?? "default";
  const apply = (mode: "STRICT" | "PERMISSIVE") =>
    `${kubectl} apply -f - <<'EOF'\n${toPolicyYaml({ apiVersion: facts.policyApiVersion, namespace: facts.namespace, name, mode })}EOF`;
  const positions: Record<SwitchPosition, string> = {
    inherit: `${kubectl} delete peerauthentication ${quote(name)} -n ${quote(facts.namespace)}`,
    PERMISSIVE: apply("PERMISSIVE"),
    STRICT: apply("STRICT"),
  };
  const exec = (caller: PodFacts | null) =>
    caller === null || facts.targetUrl === null
      ? null
      : `${kubectl} exec -n ${quote(caller.namespace)} ${quote(caller.resource)} -c ${quote(caller.container)} -- curl -sS -m 5 ${quote(facts.targetUrl)}`;
  return {
    kubectl,
    getPolicy:
      facts.policy === null
        ? `${kubectl} get peerauthentication default -n ${quote(facts.rootNamespace)} -o yaml`
        : `${kubectl} get peerauthentication ${quote(name)} -n ${quote(facts.namespace)} -o yaml`,
    switch: positions,
    sendCalls: toGatewayLoop(facts.gateway, kubectl),
    probe: { "with-sidecar": exec(facts.callers["with-sidecar"]), "without-sidecar": exec(facts.callers["without-sidecar"]) },
    proxyLog:
      facts.targetDeployment === null
        ? null
        : `${kubectl} logs -n ${quote(facts.targetDeployment.namespace)} deploy/${quote(facts.targetDeployment.name)} -c istio-proxy --tail=5`,
    watchPolicies: `${kubectl} get peerauthentication -A --watch`,
    reset: `${kubectl} delete peerauthentication --all -n ${quote(facts.namespace)}`,
  };
}

export function toPolicyYaml({ apiVersion, namespace, name, mode }: { apiVersion: string; namespace: string; name: string; mode: string }): string {
  return `apiVersion: ${apiVersion}\nkind: PeerAuthentication\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  mtls:\n    mode: ${mode}\n`;
}

/** The lab's own call, ten times: the CA pinned, the name and Host of the route, the address pinned. */
function toGatewayLoop(gateway: CommandFacts["gateway"], kubectl: string): string {
  if (gateway === null) return "";
  const { port, host, authority, forward } = gateway;
  const address = forward === null ? gateway.address : "127.0.0.1";
  const literal = address.includes(":") ? `[${address}]` : address;
  const before = forward === null ? "" : `${kubectl} port-forward -n ${quote(forward.namespace)} ${quote(`pod/${forward.pod}`)} ${port} >/dev/null & sleep 2; `;
  const after = forward === null ? "" : "; kill $!";
  return `${before}for i in $(seq 10); do curl -sS -o /dev/null -w '%{http_code}\\n'${toTrust(authority, kubectl)} -H ${quote(`Host: ${host}`)} --resolve ${quote(`${host}:${port}:${literal}`)} ${quote(`https://${host}:${port}/`)}; done${after}`;
}

/** What is not in a file is handed over as one (bash and zsh: process substitution). */
function toTrust({ file, secret, pem }: AuthorityFacts, kubectl: string): string {
  if (file !== null) return ` --cacert ${quote(file)}`;
  // The whole chain of the Secret, or its CA where it has one; curl takes from it what is an authority's.
  if (secret !== null) {
    const template = '{{with index .data "ca.crt"}}{{.}}{{else}}{{index .data "tls.crt"}}{{end}}';
    return ` --cacert <(${kubectl} get secret ${quote(secret.name)} -n ${quote(secret.namespace)} -o go-template=${quote(template)} | base64 -d)`;
  }
  return pem === null ? "" : ` --cacert <(echo ${Buffer.from(pem).toString("base64")} | base64 -d)`;
}
