import { z } from "zod";
import type { Mode } from "@/lib/mesh/modes";
import { isOwnHand } from "@/lib/mesh/object-owner";
import type { KubernetesConnection } from "./connect";
import type { Discovery } from "./discovery";
import { BadAnswerError, ConflictError, NotFoundError, OwnedByManagerError, PolicyChangedError } from "./errors";
import { RESOURCES, toPath } from "./paths";
import { toPeerAuthentication } from "./policy-objects";

/** Padlock's name in managedFields. */
export const FIELD_MANAGER = "padlock";
/** On objects Padlock made, and only on those. */
export const MANAGED_BY = { "app.kubernetes.io/managed-by": FIELD_MANAGER } as const;

export interface PolicyVersion {
  uid: string;
  resourceVersion: string;
}

export interface ApplyMode {
  namespace: string;
  name: string;
  mode: Mode;
  /** The version the person saw; null = they saw no such object, and then it is only ever created. */
  expected: PolicyVersion | null;
  /** Managers that are neither kubectl nor Padlock and may lose the mode: names as an OwnedByManagerError told them. */
  takeOverFrom?: readonly string[];
  /** Lets the server check everything and store nothing. */
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface PolicyName {
  namespace: string;
  name: string;
}

/** Writes PeerAuthentications, each write bound to the version the person saw. */
export interface PolicyWriter {
  /**
   * Sets the mode by server-side apply, or creates the object. A mode owned by kubectl is taken over, since that is the learner's own hand.
   * @returns the stored version; for a dry run that would create, an empty resourceVersion
   * @throws PolicyChangedError when another version is stored, OwnedByManagerError when a controller owns the mode
   */
  applyMode(apply: ApplyMode): Promise<PolicyVersion & { changed: boolean }>;
  /** @throws PolicyChangedError when another version, or none, is stored */
  deletePolicy(policy: PolicyName & PolicyVersion & { dryRun?: boolean; signal?: AbortSignal }): Promise<void>;
}

const storedShape = z.object({ metadata: z.object({ uid: z.string(), resourceVersion: z.string().default("") }) });

export function createPolicyWriter(connection: KubernetesConnection, discovery: Discovery): PolicyWriter {
  const { group, plural, kind } = RESOURCES.peerAuthentications;

  const readPresent = async (policy: PolicyName, signal?: AbortSignal) => {
    const version = await discovery.versionOf(RESOURCES.peerAuthentications, signal);
    try {
      const path = toPath({ group, version, plural, namespace: policy.namespace, name: policy.name });
      const found = toPeerAuthentication(await connection.request({ path, ...withSignal(signal) }));
      return found && { name: found.name, uid: found.uid, resourceVersion: found.resourceVersion, mode: found.mode };
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  };

  const changedMeanwhile = async (policy: PolicyName, cause: Error, signal?: AbortSignal) =>
    new PolicyChangedError({ namespace: policy.namespace, name: policy.name }, await readPresent(policy, signal), { cause });

  /** Only a POST fails when the name is taken; an apply would quietly change what somebody else has just made. */
  const create = async ({ namespace, name, mode, dryRun, signal }: ApplyMode, version: string) => {
    const path = toPath({ group, version, plural, namespace }, writeQuery(dryRun));
    const metadata = { name, namespace, labels: MANAGED_BY };
    const body = { apiVersion: `${group}/${version}`, kind, metadata, spec: { mtls: { mode } } };
    return toVersion("POST", path, await connection.request({ method: "POST", path, body, ...withSignal(signal) }));
  };

  const apply = async ({ namespace, name, mode, dryRun, signal }: ApplyMode, expected: PolicyVersion, version: string, force: boolean) => {
    const path = toPath({ group, version, plural, namespace, name }, { ...writeQuery(dryRun), force: force || undefined });
    // The uid as well: with it, applying to an object that is gone is a conflict instead of a new object.
    const metadata = { name, namespace, uid: expected.uid, resourceVersion: expected.resourceVersion };
    const body = { apiVersion: `${group}/${version}`, kind, metadata, spec: { mtls: { mode } } };
    const contentType = "application/apply-patch+yaml";
    return toVersion("PATCH", path, await connection.request({ method: "PATCH", path, body, contentType, ...withSignal(signal) }));
  };

  return {
    async applyMode(request) {
      const { namespace, name, expected, takeOverFrom = [], signal } = request;
      const policy = { namespace, name };
      const version = await discovery.versionOf(RESOURCES.peerAuthentications, signal);
      try {
        if (expected === null) return { ...(await create(request, version)), changed: true };
        const stored = await apply(request, expected, version, false).catch((error: unknown) => {
          if (!(error instanceof ConflictError) || error.kind !== "field-managers") throw error;
          const foreign = error.managers.find(({ manager }) => !isOwnHand(manager) && !takeOverFrom.includes(manager));
          if (foreign) throw new OwnedByManagerError(policy, foreign.manager, foreign.fields, { cause: error });
          return apply(request, expected, version, true);
        });
        return { ...stored, changed: stored.resourceVersion !== expected.resourceVersion };
      } catch (error) {
        if (error instanceof ConflictError) throw await changedMeanwhile(policy, error, signal);
        throw error;
      }
    },

    async deletePolicy({ namespace, name, uid, resourceVersion, dryRun, signal }) {
      const policy = { namespace, name };
      const version = await discovery.versionOf(RESOURCES.peerAuthentications, signal);
      const path = toPath({ group, version, plural, namespace, name });
      // A DELETE with a body takes its options from there alone: `dryRun` in the query would be passed over, and the object deleted.
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion }, ...(dryRun ? { dryRun: ["All"] } : {}) };
      try {
        await connection.request({ method: "DELETE", path, body, ...withSignal(signal) });
      } catch (error) {
        if (error instanceof ConflictError || (error instanceof NotFoundError && error.missing?.name === name))
          throw await changedMeanwhile(policy, error, signal);
        throw error;
      }
    },
  };
}

function writeQuery(dryRun: boolean | undefined) {
  return { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", dryRun: dryRun ? "All" : undefined };
}

function toVersion(method: string, path: string, answer: unknown): PolicyVersion {
  const stored = storedShape.safeParse(answer);
  if (!stored.success) throw new BadAnswerError(method, path, "it is not the stored object", { cause: stored.error });
  return stored.data.metadata;
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
