import type { KialiLogin } from "@/lib/api/state";
import { createKialiConnector, type KialiConnector } from "@/lib/kiali/connector";
import { KialiUnauthorized } from "@/lib/kiali/errors";
import type { PollGate } from "@/lib/kiali/poll";
import { createRetryGate } from "@/lib/kubernetes/retry-gate";
import { ApiError } from "./api-error";
import type { Cluster } from "./cluster";
import type { Config } from "./config";
import { countCalls } from "./kiali-calls";
import { createKialiToken } from "./kiali-token";
import { findKialiWays } from "./kiali-ways";
import type { UpstreamOutcome } from "./metrics";

/** What is known of Kiali itself, beside what it says of the mesh. */
export interface KialiFacts {
  /** With the web root once it answers; before that the address that was given, if one was. */
  url: string | null;
  version: string | null;
  /** In words, with the address; null while nobody answers. */
  reachedBy: string | null;
  /** For a browser. */
  link: string | null;
  login: KialiLogin | null;
}

export interface KialiSource {
  readonly connector: Pick<KialiConnector, "connect">;
  /** Shared by all polls. */
  readonly gate: PollGate;
  readonly facts: KialiFacts;
  /**
   * Takes a token that a person entered, logs in with it, and keeps it in memory when Kiali takes it.
   * @throws ApiError with Kiali's or our own words; the token is then forgotten
   */
  enterToken(token: string): Promise<void>;
  close(): Promise<void>;
}

/** Strategies for which a token is what it takes. */
const TOKEN_STRATEGIES = new Set(["token", "header"]);

export function createKialiSource(
  config: Pick<Config, "kubeconfig" | "kiali" | "namespaces">,
  cluster: Pick<Cluster, "connection" | "objects">,
  onCall: (outcome: UpstreamOutcome) => void = () => {},
): KialiSource {
  const { connection } = cluster;
  const places = { connection, rootNamespace: () => cluster.objects.config.rootNamespace, namespaces: config.namespaces };
  const token = createKialiToken({ ...places, tokenFile: config.kiali.tokenFile });
  const connector = countCalls(
    onCall,
    createKialiConnector({
      findWays: (signal) => findKialiWays({ ...places, kiali: config.kiali, inCluster: config.kubeconfig === null }, signal),
      token: token.source,
    }),
  );
  const gate = createRetryGate();

  return {
    connector,
    gate,
    get facts() {
      return toFacts(connector, toShown(config.kiali.url));
    },
    async enterToken(text) {
      const before = token.entered;
      const strategy = connector.current?.connection.strategy;
      if (strategy === "anonymous") throw new ApiError("bad-request", "Kiali lets everybody in and wants no token; it was not kept.");
      token.enter(text);
      connector.forget();
      try {
        await connector.connect();
      } catch (error) {
        token.enter(before);
        connector.forget();
        throw toRefusal(error);
      }
      // Whoever waits for Kiali need not wait any longer.
      gate.succeed();
    },
    close: () => connector.close(),
  };
}

function toFacts({ current, loginMissing }: KialiConnector, given: string | null): KialiFacts {
  const way = current?.way ?? loginMissing?.way ?? null;
  return {
    url: current?.connection.url ?? given,
    version: current?.connection.version ?? null,
    reachedBy: current?.way.says ?? null,
    link: toLink(current, way?.link ?? given),
    login: loginMissing === null ? null : { strategy: loginMissing.strategy, takesToken: TOKEN_STRATEGIES.has(loginMissing.strategy) },
  };
}

/** An address with a password in it is refused when it is used, and shown to nobody. */
function toShown(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, username, password } = new URL(url);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "" ? url : null;
}

/** A browser that can go the same way goes to the web root that was found there. */
function toLink(current: KialiConnector["current"], link: string | null): string | null {
  const isDirect = current !== null && current.way.fetch === undefined && current.way.dial === undefined;
  return link !== null && isDirect ? current.connection.url : link;
}

/** Kiali's errors hold no token; what is not Kiali's stays as it is. */
function toRefusal(error: unknown): unknown {
  if (error instanceof KialiUnauthorized) return new ApiError("refused-by-kiali", `${error.message}. It was not kept.`);
  if (error instanceof Error && error.name.startsWith("Kiali")) return new ApiError("source-unavailable", `${error.message}. The token was not kept.`);
  return error;
}
