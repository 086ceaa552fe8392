import type { App, AppRequest, AppResponse } from "../proxy/app";
import { createFakeService, toFakeServiceSettings, toListenPort } from "./fake-service";
import { type Container, environmentOf } from "./pod-spec";

/** What a container's image makes it do. */
export type Program =
  | { kind: "http"; port: number; app: App }
  | { kind: "ingress gateway" }
  /** Runs and listens on nothing: `sleep`, istiod's stand-in, a sidecar (which is not the container's own program). */
  | { kind: "idle" }
  /** An image the lab cannot run. */
  | { kind: "unknown" };

export interface ProgramContext {
  address: string;
  /** Makes an HTTP call as the pod's program. */
  call(uri: URL, request: AppRequest): Promise<AppResponse>;
  log(line: string): void;
}

/** Images by the last part of their name; the registry before it and the tag after it do not matter. */
const IDLE_IMAGES = new Set(["curl-ssl", "curl", "proxyv2", "pilot", "kiali"]);

export function toProgram(container: Container, context: ProgramContext): Program {
  const repository = container.image.split("@")[0]?.split("/").at(-1)?.split(":")[0] ?? "";
  if (repository === "fake-service") {
    const env = environmentOf(container);
    const settings = toFakeServiceSettings(env);
    const port = toListenPort(env);
    context.log(
      `${new Date().toISOString()} [INFO]  Starting service: name=${settings.name} message="${settings.message}" upstreamURIs=${settings.upstreamUris.join(",")} listenAddress=0.0.0.0:${port}`,
    );
    return { kind: "http", port, app: createFakeService({ settings, addresses: [context.address], call: context.call, log: context.log }) };
  }
  if (repository === "proxyv2" && container.args?.includes("router")) return { kind: "ingress gateway" };
  return { kind: IDLE_IMAGES.has(repository) ? "idle" : "unknown" };
}
