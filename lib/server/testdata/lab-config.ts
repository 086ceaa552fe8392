import type { Config } from "../config";

/** What a lab hands over, as far as the app is told of it. */
interface HandedOver {
  kubeconfig: string;
  kialiUrl: string;
  gateway: { caFile: string };
}

/** PADLOCK_CONFIG for tests of the whole server on a lab. @param more what the test has otherwise */
export function toLabConfig(lab: HandedOver, more: Partial<Config> = {}): string {
  const config: Config = {
    label: "embedded lab",
    kind: "lab",
    kubeconfig: [lab.kubeconfig],
    allowExec: false,
    proxies: null,
    kiali: { url: lab.kialiUrl, tokenFile: null, caFile: null },
    gateway: { address: null, caFile: lab.gateway.caFile, host: "istioinaction.io" },
    scrapeSeconds: 1,
    namespaces: ["istioinaction"],
    listen: { address: "127.0.0.1", port: 4480 },
    allowHosts: [],
    signIn: false,
    ...more,
  };
  return JSON.stringify(config);
}
