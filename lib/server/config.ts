import * as z from "zod/mini";

/** What the launcher tells the app: where the outside systems are. The same fields for a real cluster and for the lab. */
const configSchema = z.strictObject({
  /** The words for the target on screen. */
  label: z.string(),
  kind: z.enum(["lab", "cluster"]),
  /** Files that are merged as kubectl merges those of $KUBECONFIG; null = the service account of the pod this runs in. */
  kubeconfig: z.nullable(z.array(z.string()).check(z.minLength(1))),
  /** The files' current context when left out. */
  context: z.optional(z.string()),
  /** Whether a kubeconfig may name a program that is run for credentials. */
  allowExec: z.boolean(),
  /** The shell's proxies, for the way to the API server as kubectl uses them, and for nothing else; null = none. */
  proxies: z.nullable(z.strictObject({ https: z.nullable(z.string()), http: z.nullable(z.string()), none: z.nullable(z.string()) })),
  kiali: z.strictObject({
    /** null = it is looked for in the cluster. */
    url: z.nullable(z.string()),
    /** File with a token to sign in with, read anew at each sign-in. */
    tokenFile: z.nullable(z.string()),
    /** File of the CA that signed Kiali's certificate; null = the system's. */
    caFile: z.nullable(z.string()),
  }),
  gateway: z.strictObject({
    /** `HOST:PORT`, `[IPV6]:PORT`; null = it is looked for in the cluster. */
    address: z.nullable(z.string()),
    /** File of the CA that signed the gateway's certificate; null = the system's. */
    caFile: z.nullable(z.string()),
    /** Host header and server name of the route; null = what the Gateway and VirtualService objects say. */
    host: z.nullable(z.string()),
  }),
  /** Image of the pods that Padlock makes to call from; its own choice when left out. */
  probeImage: z.optional(z.string().check(z.minLength(1))),
  /** How often Prometheus asks the proxies, seconds: what observed figures cannot be finer than. */
  scrapeSeconds: z.number(),
  /** Namespaces that the switch, runs and reset may act on. */
  namespaces: z.array(z.string()).check(z.minLength(1)),
  /** What the mesh-wide policy is at the lab's start, for reset to put back. Left out, that policy is not Padlock's to write: others live by it. */
  meshStart: z.optional(z.literal("PERMISSIVE")),
  /** Where the page is served; the port that was really taken, once it listens. */
  listen: z.strictObject({ address: z.string(), port: z.int() }),
  /** Further names under which the page may be opened. */
  allowHosts: z.array(z.string()),
  /** Whether a page has to be opened by a sign-in link. */
  signIn: z.boolean(),
});
export type Config = z.infer<typeof configSchema>;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** @param text JSON as the launcher puts it into PADLOCK_CONFIG @throws ConfigError */
export function parseConfig(text: string | undefined): Config {
  if (text === undefined) throw new ConfigError("PADLOCK_CONFIG is not set; start Padlock with `npm start`.");
  try {
    return z.parse(configSchema, JSON.parse(text));
  } catch (error) {
    throw new ConfigError(`PADLOCK_CONFIG is not usable: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
