import { readFile } from "node:fs/promises";
import { AuthorityInvalid, parseAuthority, toAuthorityOfCredential } from "@/lib/gateway/authority";
import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { readCredentialSecret } from "@/lib/kubernetes/credential-secret";
import { KubernetesError } from "@/lib/kubernetes/errors";
import { reviewAccess } from "@/lib/kubernetes/reviews";
import { ApiError } from "./api-error";

/** Who is trusted for the gateway's certificate, and how that is known. */
export interface TrustedAuthority {
  from: "entered" | "file" | "secret" | "system";
  /** PEM; null = the authorities of this machine. */
  pem: string | null;
  /** In words: subjects, or why it is the system's. */
  says: string;
  /** File or Secret it is from, for commands. */
  file: string | null;
  secret: { namespace: string; name: string } | null;
}

interface Options {
  connection: KubernetesConnection;
  caFile: string | null;
  onChange(): void;
}

/** What was entered in the page comes first, then the file, then the Gateway's own Secret if it may be read, then this machine's authorities. */
export function createGatewayAuthority({ connection, caFile, onChange }: Options) {
  let entered: TrustedAuthority | null = null;

  const ofSecret = async (secret: { namespace: string; name: string }, signal: AbortSignal): Promise<TrustedAuthority> => {
    const name = `${secret.namespace}/${secret.name}`;
    const system = (says: string) => ({ from: "system", pem: null, says, file: null, secret: null }) as const;
    try {
      const { allowed } = await reviewAccess(connection, { verb: "get", group: "", resource: "secrets", ...secret }, signal);
      if (!allowed) return system(`the authorities of this machine, since this user may not read Secret ${name}`);
      const authority = toAuthorityOfCredential(await readCredentialSecret(connection, secret, signal));
      if (authority === null) return system(`the authorities of this machine, since Secret ${name} holds no authority's certificate`);
      return { from: "secret", pem: authority.pem, says: `${authority.says}, from Secret ${name}`, file: null, secret };
    } catch (error) {
      if (error instanceof KubernetesError) return system(`the authorities of this machine, since Secret ${name} could not be read`);
      throw error;
    }
  };

  return {
    /** @throws Error with the file's error code when the file cannot be read */
    async read(credential: { namespace: string; name: string } | null, signal: AbortSignal): Promise<TrustedAuthority> {
      if (entered !== null) return entered;
      // Anew each time: a gateway that is set up again has another authority.
      if (caFile !== null) return { from: "file", pem: await readFile(caFile, "utf8"), says: "the file that was given", file: caFile, secret: null };
      if (credential !== null) return ofSecret(credential, signal);
      return { from: "system", pem: null, says: "the authorities of this machine", file: null, secret: null };
    },
    /** @param pem null = forget what was entered @throws ApiError when it is no authority's certificate */
    enter(pem: string | null): void {
      try {
        const authority = pem === null ? null : parseAuthority(pem);
        entered = authority && { from: "entered", pem: authority.pem, says: `${authority.says}, entered in the page`, file: null, secret: null };
      } catch (error) {
        throw error instanceof AuthorityInvalid ? new ApiError("bad-request", error.message) : error;
      }
      onChange();
    },
  };
}
export type GatewayAuthority = ReturnType<typeof createGatewayAuthority>;
