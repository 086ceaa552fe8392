import { type ConnectKialiOptions, connectKiali, type KialiConnection } from "./connect";
import { KialiAbsent, KialiLoginNeeded, KialiNotFound, KialiUnauthorized, KialiUnreachable } from "./errors";

/** One way to a Kiali: which address, and what carries the requests there. */
export interface KialiWay extends Pick<ConnectKialiOptions, "url" | "ca" | "fetch" | "dial" | "carriesBearer"> {
  /** Shown: "the API server's service proxy (istio-system/kiali)". */
  says: string;
  /** Where a browser finds Kiali's own pages; null = no such address is known. */
  link: string | null;
  /** Whether a token may go this way: nobody reads along, or the person chose the address. */
  takesToken: boolean;
}

/** Which Kiali is talked to, and how. */
export interface KialiReached {
  connection: KialiConnection;
  way: KialiWay;
}

/** A login that Kiali wants and Padlock does not have. */
export interface KialiLoginMissing {
  strategy: string;
  way: KialiWay;
}

export interface KialiConnectorOptions {
  /** The ways to try, best first; asked at each attempt, for a Kiali may come, go and move. @throws KialiAbsent when there is none; KialiUnreachable */
  findWays(signal: AbortSignal): Promise<readonly KialiWay[]>;
  /** See ConnectKialiOptions. */
  token?: ConnectKialiOptions["token"];
}

export interface KialiConnector {
  /**
   * The connection, made at the first call and kept. A failed attempt is forgotten, so that the next call tries again; callers at the same
   * time share one attempt.
   * @throws as connectKiali; KialiAbsent; the signal's reason
   */
  connect(signal?: AbortSignal): Promise<KialiConnection>;
  /** What is known of Kiali without asking it; null while there is no connection. */
  readonly current: KialiReached | null;
  /** Set when the last attempt ended at a login. */
  readonly loginMissing: KialiLoginMissing | null;
  /** Gives the connection up, so that the next call finds and logs in anew. */
  forget(): void;
  close(): Promise<void>;
}

/** After so many failures in a row the way itself may be the cause: a pod that was replaced, an address that moved. */
const LOST_AFTER = 3;
/** Every Kiali has this path; others are missing in old ones. */
const GRAPH_PATH = "api/namespaces/graph";

/** One connection to Kiali for everybody, made when first needed: Kiali may well come up after Padlock. */
export function createKialiConnector({ findWays, token }: KialiConnectorOptions): KialiConnector {
  const closing = new AbortController();
  let attempt: Promise<KialiConnection> | null = null;
  let current: KialiReached | null = null;
  let loginMissing: KialiLoginMissing | null = null;

  /** Another Kiali may answer there by now (other web root, other login): find out anew. */
  function forget(connection: KialiConnection): void {
    if (current?.connection !== connection) return;
    current = null;
    attempt = null;
    void connection.close();
  }

  function watch(connection: KialiConnection): KialiConnection {
    let lost = 0;
    const watched: KialiConnection = {
      ...connection,
      async get(...asked) {
        try {
          const answer = await connection.get(...asked);
          lost = 0;
          return answer;
        } catch (error) {
          // One that is slow is there all the same.
          if (error instanceof KialiUnreachable && error.code !== "TIMEOUT") lost++;
          const isElsewhere = asked[0] === GRAPH_PATH && (error instanceof KialiNotFound || error instanceof KialiUnauthorized);
          if (isElsewhere || lost >= LOST_AFTER) forget(watched);
          throw error;
        }
      },
    };
    return watched;
  }

  /** The first way that leads to a Kiali; one that wants a login is a Kiali, and other ways lead to the same. */
  async function tryWays(onLogin: (missing: KialiLoginMissing | null) => void): Promise<KialiConnection> {
    const ways = await findWays(closing.signal);
    const problems: { way: KialiWay; error: Error }[] = [];
    for (const way of ways) {
      try {
        const { url, ca, fetch, dial, carriesBearer } = way;
        const connection = watch(
          await connectKiali({ url, ca, fetch, dial, carriesBearer, token: way.takesToken ? token : undefined, signal: closing.signal }),
        );
        current = { connection, way };
        onLogin(null);
        return connection;
      } catch (error) {
        if (closing.signal.aborted || !(error instanceof Error)) throw error;
        const needsLogin = error instanceof KialiLoginNeeded || error instanceof KialiUnauthorized;
        if (needsLogin) {
          onLogin({ strategy: error.strategy, way });
          if (way.takesToken) throw error;
        }
        problems.push({ way, error });
      }
    }
    throw toFailure(problems);
  }

  async function startAttempt(): Promise<KialiConnection> {
    let missing: KialiLoginMissing | null = null;
    try {
      return await tryWays((login) => {
        missing = login;
      });
    } catch (error) {
      attempt = null;
      throw error;
    } finally {
      // Told at the end: who is typing a token keeps the field while it is tried again.
      loginMissing = missing;
    }
  }

  return {
    connect(signal) {
      attempt ??= startAttempt();
      return signal === undefined ? attempt : withSignal(attempt, signal);
    },
    get current() {
      return current;
    },
    get loginMissing() {
      return loginMissing;
    },
    forget() {
      if (current !== null) forget(current.connection);
      attempt = null;
    },
    async close() {
      closing.abort();
      await current?.connection.close();
    },
  };
}

/** One way's own words, or all ways with theirs. */
function toFailure(problems: readonly { way: KialiWay; error: Error }[]): Error {
  const [first, ...others] = problems;
  if (first === undefined) return new KialiAbsent("There is no way to a Kiali");
  if (others.length === 0) return first.error;
  const login = problems.find(({ error }) => error instanceof KialiLoginNeeded);
  if (login !== undefined) return login.error;
  const each = problems.map(({ way, error }) => `by ${way.says}: ${error.message}`);
  return new KialiUnreachable(`Kiali was found and cannot be reached; ${each.join("; ")}`, "NO_WAY", { cause: first.error });
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
