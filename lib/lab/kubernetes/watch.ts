import type { KubeObject } from "../objects";
import type { ApiContext } from "./api-context";
import { toStreamResponse } from "./negotiation";
import { parseSelectors, type ReadTarget } from "./read";
import { parseCount, parseFlag } from "./request";
import { toGroupVersion, toVersion } from "./resources";
import { badRequest, expired, invalid } from "./status";
import { type LabEvent, RevisionExpiredError } from "./store";
import { parseIncludeObject, toPartialMetadata, toTable } from "./table";

type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

const BOOKMARK_INTERVAL_MS = 60_000;
const SHORTEST_DEFAULT_S = 1_800;
/** Events a client may leave unread before it is cut off, as the API server does with a watcher that cannot keep up. */
const BACKLOG = 10_000;

interface WatchOptions {
  /** undefined: begin with what exists now. */
  after: number | undefined;
  bookmarks: boolean;
  /** A streaming list: what exists, then a bookmark that says that was all. */
  initialEvents: boolean;
  timeoutMs: number;
}

/** @throws StatusError 400 or 422 for parameters that make no watch */
function parseWatchOptions(parameters: URLSearchParams): WatchOptions {
  const initialEvents = parseFlag(parameters, "sendInitialEvents");
  const match = parameters.get("resourceVersionMatch");
  const forbidden = (message: string) =>
    invalid("ListOptions", "meta.k8s.io", "", [{ reason: "FieldValueForbidden", field: "resourceVersionMatch", message: `Forbidden: ${message}` }]);
  if (initialEvents && match !== "NotOlderThan") throw forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (!initialEvents && match !== null) throw forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  const after = parseCount(parameters, "resourceVersion");
  // Spread, so that many watches do not all begin again at once.
  const timeoutSeconds = parseCount(parameters, "timeoutSeconds") || SHORTEST_DEFAULT_S * (1 + Math.random());
  // A timer holds no more than 31 bits of milliseconds.
  const timeoutMs = Math.min(timeoutSeconds * 1_000, 2 ** 31 - 1);
  return { after: initialEvents || after === 0 ? undefined : after, bookmarks: parseFlag(parameters, "allowWatchBookmarks"), initialEvents, timeoutMs };
}

/** Answers 200 and goes on until timeoutSeconds, the client's end, or a resourceVersion that is too old. */
export function watchObjects({ store }: ApiContext, target: ReadTarget, signal: AbortSignal): Response {
  const { definition, namespace } = target;
  const options = parseWatchOptions(target.parameters);
  const matches = parseSelectors(target);
  const toEventObject = createEventObjects(target, () => store.now());
  const encoder = new TextEncoder();
  let stop = () => {};

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let ended = false;
        const end = () => {
          if (ended) return;
          ended = true;
          stop();
          controller.close();
        };
        const send = (type: WatchEventType, object: unknown) => controller.enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
        const sendBookmark = (annotations?: Record<string, string>) =>
          send("BOOKMARK", toBookmark(target, Math.max(store.currentRevision(), options.after ?? 0), annotations));
        const sendChange = (event: LabEvent) => {
          if (ended) return;
          if (event.resource.group !== definition.group || event.resource.plural !== definition.plural) return;
          if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
          if (options.after !== undefined && event.revision <= options.after) return;
          const type = toSelectedType(event, matches);
          if (type) send(type, toEventObject(event.object));
          if ((controller.desiredSize ?? 0) < -BACKLOG) end();
        };

        if (options.after === undefined) {
          for (const object of store.list(definition, namespace).filter(matches)) send("ADDED", toEventObject(object));
          if (options.initialEvents && options.bookmarks) sendBookmark({ "k8s.io/initial-events-end": "true" });
        } else {
          try {
            store.eventsAfter(options.after).forEach(sendChange);
          } catch (error) {
            if (!(error instanceof RevisionExpiredError)) throw error;
            send("ERROR", expired(error.message).toStatus());
            end();
            return;
          }
        }
        const unsubscribe = store.subscribe(sendChange);
        const bookmarks = options.bookmarks ? setInterval(sendBookmark, BOOKMARK_INTERVAL_MS) : undefined;
        const timeout = setTimeout(() => {
          if (options.bookmarks) sendBookmark();
          end();
        }, options.timeoutMs);
        stop = () => {
          unsubscribe();
          clearInterval(bookmarks);
          clearTimeout(timeout);
          signal.removeEventListener("abort", end);
        };
        signal.addEventListener("abort", end);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
  return toStreamResponse(body, "application/json");
}

/** What a change means to a watcher that sees only some objects: one that stops matching has gone, one that begins to has come. */
function toSelectedType(event: LabEvent, matches: (object: KubeObject) => boolean): WatchEventType | undefined {
  const did = event.previous !== undefined && matches(event.previous);
  const does = event.type !== "DELETED" && matches(event.object);
  if (does) return did ? "MODIFIED" : "ADDED";
  return did ? "DELETED" : undefined;
}

function createEventObjects(target: ReadTarget, now: () => Date): (object: KubeObject) => unknown {
  const { definition, version, parameters, representation } = target;
  if (representation.format === "yaml") throw badRequest("a watch is written as JSON only");
  if (representation.as === "object") return (object) => toVersion(definition, version, object);
  if (representation.as === "metadata") return toPartialMetadata;
  const includeObject = parseIncludeObject(parameters.get("includeObject"));
  let withColumns = true;
  return (object) => {
    const table = toTable(definition, version, [object], { resourceVersion: object.metadata.resourceVersion }, { includeObject, withColumns, now: now() });
    withColumns = false;
    return table;
  };
}

/** "You have seen everything up to here": an object of the watched kind with nothing but a resourceVersion. */
function toBookmark({ definition, version, representation }: ReadTarget, revision: number, annotations?: Record<string, string>) {
  const metadata = { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) };
  if (representation.as === "object") return { kind: definition.kind, apiVersion: toGroupVersion(definition.group, version), metadata };
  const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  if (representation.as === "metadata") return partial;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: metadata.resourceVersion },
    columnDefinitions: null,
    rows: [{ cells: [], object: partial }],
  };
}
