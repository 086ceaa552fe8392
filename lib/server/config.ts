import * as z from "zod/mini";

/** What the launcher tells the app: where the outside systems are. The same fields for a real cluster and for the lab. */
const configSchema = z.strictObject({
  /** The words for the target on screen. */
  label: z.string(),
  kind: z.enum(["lab", "cluster"]),
  kubeconfig: z.string(),
  context: z.optional(z.string()),
  kialiUrl: z.nullable(z.string()),
  gateway: z.strictObject({
    /** File of the CA that signed the gateway's certificate; null = the system's. */
    caFile: z.nullable(z.string()),
    /** Host header and server name of the lab's route. */
    host: z.string(),
  }),
  /** How often Prometheus asks the proxies, seconds: what observed figures cannot be finer than. */
  scrapeSeconds: z.number(),
  /** Namespaces that the switch, runs and reset may act on. */
  namespaces: z.array(z.string()).check(z.minLength(1)),
  port: z.int(),
  /** Further names under which the page may be opened. */
  allowHosts: z.array(z.string()),
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
