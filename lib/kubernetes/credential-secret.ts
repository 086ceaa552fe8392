import { z } from "zod";
import type { KubernetesConnection } from "./connect";
import { BadAnswerError, NotFoundError } from "./errors";
import { toPath } from "./paths";

/** The public part of the Secret that a Gateway names (`credentialName`): PEM. */
export interface CredentialSecret {
  ca: string | null;
  certificate: string | null;
}

const text = z.string().optional().catch(undefined);
/** Only these keys are taken; the private key is dropped with the rest of the answer. */
const shape = z.object({
  data: z.object({ "ca.crt": text, cacert: text, "tls.crt": text, cert: text }).nullish(),
});

/**
 * Reads a gateway's credential in the forms Istio takes: kubernetes.io/tls or generic, with its CA in the same Secret or in one named `<name>-cacert`.
 * @throws ForbiddenError, NotFoundError, BadAnswerError and the other errors of a request
 */
export async function readCredentialSecret(
  connection: KubernetesConnection,
  { namespace, name }: { namespace: string; name: string },
  signal?: AbortSignal,
): Promise<CredentialSecret> {
  const read = async (secret: string) => {
    const path = toPath({ group: "", version: "v1", plural: "secrets", namespace, name: secret });
    const answer = shape.safeParse(await connection.request({ path, ...(signal ? { signal } : {}) }));
    // Without a cause: what was received holds the key.
    if (!answer.success) throw new BadAnswerError("GET", path, "it is not a Secret");
    const data = answer.data.data ?? {};
    return { ca: decode(data["ca.crt"] ?? data.cacert), certificate: decode(data["tls.crt"] ?? data.cert) };
  };
  const credential = await read(name);
  if (credential.ca !== null) return credential;
  const beside = await read(`${name}-cacert`).catch((error: unknown) => {
    if (error instanceof NotFoundError) return null;
    throw error;
  });
  return { ca: beside?.ca ?? null, certificate: credential.certificate };
}

function decode(base64: string | undefined): string | null {
  return base64 === undefined || base64 === "" ? null : Buffer.from(base64, "base64").toString("utf8");
}
