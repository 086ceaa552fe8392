import { type Credentials, type KubeconfigChoice, readCredentials } from "@/lib/kubernetes/credentials";
import { KubeconfigError } from "@/lib/kubernetes/errors";
import { type KubeconfigContext, listContexts, readKubeconfigs } from "@/lib/kubernetes/kubeconfig-files";
import { type Config, ConfigError } from "./config";

/** So many contexts are listed. */
const LISTED = 40;

export function toKubeconfigChoice({ kubeconfig, context, allowExec, proxies }: Config): KubeconfigChoice {
  return {
    kubeconfigPath: kubeconfig,
    ...(context === undefined ? {} : { context }),
    allowExecPlugin: allowExec,
    ...(proxies === null ? {} : { proxies }),
  };
}

/**
 * Looks at the choice before anything is started for it; nobody is asked yet.
 * @throws ConfigError with the contexts that exist, when there is no such context or none was named
 */
export async function checkTarget(config: Config): Promise<Pick<Credentials, "context" | "server" | "user" | "warnings">> {
  try {
    if (config.kind === "cluster" && config.kubeconfig !== null && config.context === undefined) {
      throw new ConfigError(`A kubeconfig alone chooses no cluster; add --context NAME.${await toList(config.kubeconfig)}`);
    }
    const { context, server, user, warnings } = await readCredentials(toKubeconfigChoice(config));
    return { context, server, user, warnings };
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    const isUnknown = config.kubeconfig !== null && error.contexts.length > 0 && !error.contexts.includes(config.context ?? "");
    if (!isUnknown || config.kubeconfig === null) throw new ConfigError(toPlain(error.message), { cause: error });
    throw new ConfigError(
      `There is no context ${toPlain(JSON.stringify(config.context))} in ${config.kubeconfig.join(", ")}.${await toList(config.kubeconfig)}`,
      {
        cause: error,
      },
    );
  }
}

async function toList(paths: readonly string[]): Promise<string> {
  const contexts = listContexts(await readKubeconfigs(paths)).sort((a, b) => a.name.localeCompare(b.name));
  if (contexts.length === 0) return ` ${paths.join(", ")} holds no context.`;
  const widths = (["name", "server", "user"] as const).map((key) => Math.max(...contexts.slice(0, LISTED).map((each) => toPlain(each[key]).length)));
  const line = ({ name, server, user, current }: KubeconfigContext) =>
    `${current ? "*" : " "} ${[name, server, user].map((text, index) => toPlain(text).padEnd(widths[index] ?? 0)).join("   ")}`.trimEnd();
  const more = contexts.length > LISTED ? [`  and ${contexts.length - LISTED} more`] : [];
  return `\nThese exist (context, address, user; * is kubectl's current one):\n${[...contexts.slice(0, LISTED).map(line), ...more].join("\n")}`;
}

/** Names of a file that somebody sent may hold what a terminal obeys. */
function toPlain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "�");
}
