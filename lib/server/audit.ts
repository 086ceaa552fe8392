import { randomUUID } from "node:crypto";
import type { Role } from "@/lib/api/session";
import { logLine } from "./log";

export interface AuditEntry {
  /** `sign-in`, or the route of a command. */
  action: string;
  /** null = nobody who is signed in. */
  role: Role | null;
  /** The first digits of the session's digest: tells sessions apart and opens none. */
  session: string | null;
  /** Of the socket. */
  address: string;
  /** What it acted on; nothing of the request but what its schema let through. */
  object: Record<string, unknown> | null;
  /** `done`, or why it was refused or failed. */
  outcome: string;
  requestId?: string;
}

/** One line for everything that changed something, or was refused to. Secrets have no field here. */
export function audit({ requestId = randomUUID(), ...entry }: AuditEntry): void {
  logLine("info", { event: "audit", requestId, ...entry });
}

/** Fields of commands that name what they act on; anything else, a token above all, stays out of the log. */
const NAMING = ["namespace", "position", "caller", "kind", "runId", "whose", "count", "rate", "seconds", "takeOverFrom"] as const;

/** @param body a command's body as its schema let it through */
export function toAuditObject(body: unknown): AuditEntry["object"] {
  if (typeof body !== "object" || body === null) return null;
  const given = body as Record<string, unknown>;
  const object: Record<string, unknown> = {};
  for (const name of NAMING) if (given[name] !== undefined) object[name] = given[name];
  // The version that the person saw: what a switch began from.
  const expected = given["expected"] as { name?: unknown; resourceVersion?: unknown } | null | undefined;
  if (expected != null) object["from"] = `${expected.name} at ${expected.resourceVersion}`;
  return Object.keys(object).length === 0 ? null : object;
}
