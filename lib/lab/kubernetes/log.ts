import type { PodLogOptions } from "../data-plane";
import type { ApiContext } from "./api-context";
import { toStreamResponse, toTextResponse } from "./negotiation";
import { findPod, toContainer } from "./pods";
import type { ReadTarget } from "./read";
import { parseFlag } from "./request";
import { badRequest, type FieldError, invalid } from "./status";

/** core/v1 PodLogOptions from the query. @throws StatusError 422 for a number that is none or too small */
function parseLogOptions(name: string, parameters: URLSearchParams): PodLogOptions {
  const errors: FieldError[] = [];
  const parseNumber = (field: string, least: number): number | undefined => {
    const text = parameters.get(field);
    if (text === null || text === "") return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    const why = least === 0 ? "must be greater than or equal to 0" : "must be greater than 0";
    errors.push({ reason: "FieldValueInvalid", field, message: `Invalid value: ${text}: ${why}` });
    return undefined;
  };
  const options: PodLogOptions = {
    tailLines: parseNumber("tailLines", 0),
    sinceSeconds: parseNumber("sinceSeconds", 1),
    limitBytes: parseNumber("limitBytes", 1),
    sinceTime: parameters.get("sinceTime") ?? undefined,
    timestamps: parseFlag(parameters, "timestamps"),
  };
  if (options.sinceTime !== undefined && Number.isNaN(Date.parse(options.sinceTime)))
    throw badRequest(`parsing time ${JSON.stringify(options.sinceTime)}: cannot parse`);
  if (options.sinceTime !== undefined && options.sinceSeconds !== undefined) {
    errors.push({ reason: "FieldValueForbidden", field: "", message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified" });
  }
  if (errors.length > 0) throw invalid("PodLogOptions", "", name, errors);
  return options;
}

/** GET pods/<name>/log. @throws StatusError 400 when several containers leave a choice, 404 for the pod, 422 */
export function readLog({ store, dataPlane }: ApiContext, target: ReadTarget, signal: AbortSignal): Response {
  const { namespace = "", name = "", parameters } = target;
  const pod = findPod(store, namespace, name);
  const container = toContainer(pod, parameters.get("container"));
  const options = parseLogOptions(name, parameters);
  if (parseFlag(parameters, "previous"))
    throw badRequest(`previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`);
  const lines = dataPlane.log(namespace, name, container, options);
  const text = lines.map((line) => `${line}\n`).join("");
  if (!parseFlag(parameters, "follow")) return toTextResponse(200, text);

  const encoder = new TextEncoder();
  let stop = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(text));
      const unfollow = dataPlane.followLog(namespace, name, container, (line) => {
        controller.enqueue(encoder.encode(`${options.timestamps ? `${store.now().toISOString()} ` : ""}${line}\n`));
      });
      // A container's log ends with its pod.
      const unsubscribe = store.subscribe((event) => {
        if (event.type === "DELETED" && event.object.metadata.uid === pod.metadata.uid) end();
      });
      const end = () => {
        stop();
        controller.close();
      };
      stop = () => {
        unfollow();
        unsubscribe();
        signal.removeEventListener("abort", end);
      };
      signal.addEventListener("abort", end);
    },
    cancel: () => stop(),
  });
  return toStreamResponse(body, "text/plain; charset=utf-8");
}
