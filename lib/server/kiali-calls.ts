import type { KialiConnection } from "@/lib/kiali/connect";
import type { KialiConnector } from "@/lib/kiali/connector";
import { KialiAbsent, KialiForbidden, KialiLoginNeeded, KialiNotFound, KialiUnauthorized, KialiUnreachable } from "@/lib/kiali/errors";
import type { UpstreamOutcome } from "./metrics";

/** Tells how each question to Kiali, and each attempt to reach one, ended. */
export function countCalls(onCall: (outcome: UpstreamOutcome) => void, connector: KialiConnector): KialiConnector {
  const known = new WeakMap<KialiConnection, KialiConnection>();
  const told = async <T>(work: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      const result = await work;
      onCall("answered");
      return result;
    } catch (error) {
      // Nobody was asked, or nobody waited for the answer.
      if (!(error instanceof KialiAbsent) && signal?.aborted !== true) onCall(toOutcome(error));
      throw error;
    }
  };
  const count = (connection: KialiConnection): KialiConnection => {
    const counted =
      known.get(connection) ?? Object.create(connection, { get: { value: (...asked: Parameters<KialiConnection["get"]>) => told(connection.get(...asked)) } });
    known.set(connection, counted);
    return counted;
  };
  return Object.create(connector, {
    connect: {
      async value(signal?: AbortSignal) {
        const isThere = connector.current !== null;
        const attempt = connector.connect(signal);
        return count(await (isThere ? attempt : told(attempt, signal)));
      },
    },
  });
}

function toOutcome(error: unknown): UpstreamOutcome {
  if (error instanceof KialiUnreachable) return "unreachable";
  const isRefusal =
    error instanceof KialiUnauthorized || error instanceof KialiLoginNeeded || error instanceof KialiForbidden || error instanceof KialiNotFound;
  return isRefusal ? "refused" : "failed";
}
