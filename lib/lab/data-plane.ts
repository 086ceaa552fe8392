/** What the Kubernetes API of the lab asks of the pods (lib/lab/proxy and lib/lab/workloads implement it). */

export interface ExecRequest {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  stdin?: Uint8Array;
  /** Fires when the caller hung up; the command must end then. */
  signal: AbortSignal;
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
}

/** Thrown before a command starts, in the words a container runtime uses; the API server turns it into a Status. */
export class ExecStartError extends Error {
  override readonly name = "ExecStartError";
  constructor(
    message: string,
    /** 127 when the executable is not there, 126 when it cannot run. */
    readonly exitCode: 126 | 127,
  ) {
    super(message);
  }
}

export interface PodLogOptions {
  tailLines?: number;
  sinceSeconds?: number;
  sinceTime?: string;
  timestamps?: boolean;
  limitBytes?: number;
}

export interface DataPlane {
  /** Runs a command in a container. @returns the exit code @throws ExecStartError */
  exec(request: ExecRequest): Promise<number>;
  /** The container's log lines, oldest first; the proxy's is Istio's default text access log. */
  log(namespace: string, pod: string, container: string, options: PodLogOptions): string[];
  /** @returns a function that stops following */
  followLog(namespace: string, pod: string, container: string, line: (text: string) => void): () => void;
  /** A plain-HTTP request from outside the mesh to an address of the lab, on a new connection (the API server's service proxy uses it). */
  fetchPlain(request: {
    host: string;
    port: number;
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: Uint8Array;
  }): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }>;
}

/** The network as a pod sees it: names of the cluster's DNS, addresses of pods and services, its own sidecar in between when it has one. */
export interface PodNetwork {
  /**
   * Opens a TCP connection on behalf of a program in a pod, always a new one, always a real socket. With a sidecar the socket ends at
   * that sidecar, which sees the original destination as iptables would show it.
   * @throws HostNotFoundError when the name is not in the cluster's DNS (curl 6); OutsideLabError for an address that is not the lab's
   * (curl 7); the socket's own error otherwise (ECONNREFUSED: curl 7)
   */
  connect(pod: { namespace: string; name: string }, host: string, port: number, signal: AbortSignal): Promise<import("node:net").Socket>;
}

export class HostNotFoundError extends Error {
  override readonly name = "HostNotFoundError";
}

/** The lab's pods reach the lab only. */
export class OutsideLabError extends Error {
  override readonly name = "OutsideLabError";
}
