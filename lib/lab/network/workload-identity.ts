import { type CertificateAuthority, type KeyAndCertificate, WORKLOAD_TTL } from "./certificates";

/** A workload's SPIFFE ID with its current certificate, renewed at half its life as istio-agent does. */
export interface WorkloadIdentity {
  readonly spiffeId: string;
  /** Current key and chain, and the CA that peers are verified against; the same object until the next rotation. */
  credentials(): KeyAndCertificate & { ca: string };
  onRotate(listener: () => void): void;
  close(): void;
}

export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

/** @param options.lifetime ms after which a certificate is replaced; half of its validity when left out */
export async function createWorkloadIdentity(options: { authority: CertificateAuthority; spiffeId: string; lifetime?: number }): Promise<WorkloadIdentity> {
  const { authority, spiffeId } = options;
  const issue = async () => ({ ...(await authority.issueWorkload(spiffeId)), ca: authority.certificate });
  let current = await issue();
  const listeners: (() => void)[] = [];
  const timer = setInterval(
    async () => {
      current = await issue();
      for (const listener of listeners) listener();
    },
    options.lifetime ?? WORKLOAD_TTL / 2,
  );
  timer.unref();
  return { spiffeId, credentials: () => current, onRotate: (listener) => listeners.push(listener), close: () => clearInterval(timer) };
}
