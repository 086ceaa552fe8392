import { type ConnectKialiOptions, connectKiali, type KialiConnection } from "./connect";
import { KialiNotFound, KialiUnauthorized } from "./errors";

export interface KialiConnector {
  /**
   * The connection, made at the first call and kept. A failed attempt is forgotten, so that the next call tries again; callers at the same
   * time share one attempt.
   * @throws as connectKiali; the signal's reason
   */
  connect(signal?: AbortSignal): Promise<KialiConnection>;
  /** The connection if there is one: what is known of Kiali without asking it. */
  readonly current: KialiConnection | null;
  close(): Promise<void>;
}

/** One connection to Kiali for everybody, made when first needed: Kiali may well come up after Padlock. */
export function createKialiConnector(options: Omit<ConnectKialiOptions, "signal">): KialiConnector {
  const closing = new AbortController();
  let attempt: Promise<KialiConnection> | null = null;
  let current: KialiConnection | null = null;

  /** Another Kiali may answer there by now (other web root, other login): find out anew. */
  function forget(connection: KialiConnection): void {
    if (current !== connection) return;
    current = null;
    attempt = null;
    void connection.close();
  }

  function watch(connection: KialiConnection): KialiConnection {
    const watched: KialiConnection = {
      ...connection,
      async get(...asked) {
        try {
          return await connection.get(...asked);
        } catch (error) {
          // Every Kiali has this path; others are missing in old ones.
          if (asked[0] === "api/namespaces/graph" && (error instanceof KialiNotFound || error instanceof KialiUnauthorized)) forget(watched);
          throw error;
        }
      },
    };
    return watched;
  }

  function startAttempt(): Promise<KialiConnection> {
    return connectKiali({ ...options, signal: closing.signal }).then(
      (connection) => {
        current = watch(connection);
        return current;
      },
      (error: unknown) => {
        attempt = null;
        throw error;
      },
    );
  }

  return {
    connect(signal) {
      attempt ??= startAttempt();
      return signal === undefined ? attempt : withSignal(attempt, signal);
    },
    get current() {
      return current;
    },
    async close() {
      closing.abort();
      await current?.close();
    },
  };
}

/** The shared attempt goes on for the others when one caller gives up. */
function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) return give();
    signal.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}
