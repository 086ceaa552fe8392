import type { Right } from "@/lib/api/rights";
import type { Role } from "@/lib/api/session";
import { READ_ONLY, useSession } from "./role";

/** Id of the sentence at the head of the panel that says why a viewer's controls rest. */
export const READ_ONLY_ID = "read-only";

/** Whether a control may be used: by this session's role first, then by what the cluster allows. */
export interface Permission {
  allowed: boolean;
  /** `read-only`: said once, at the head of the panel; `right`: said beside the control. */
  why: "read-only" | "right" | null;
  /** null when it is allowed. */
  says: string | null;
  /** The act as somebody else would do it, and what would give this user the right; null where there is none. */
  command: string | null;
  grant: string | null;
}

const ALLOWED: Permission = { allowed: true, why: null, says: null, command: null, grant: null };

/** @param right of the action, from `LiveState.rights`; null for acts that ask nothing of the cluster */
export function toPermission(role: Role, right: Right | null): Permission {
  if (role !== "instructor") return { allowed: false, why: "read-only", says: READ_ONLY, command: null, grant: null };
  // Not known yet is no refusal: the API server has the last word.
  if (right === null || right.allowed !== false) return ALLOWED;
  return { allowed: false, why: "right", says: right.says, command: right.command, grant: right.grant };
}

export function usePermission(right: Right | null = null): Permission {
  return toPermission(useSession().role, right);
}

/** For a control that rests: the reason for pointers, and for assistive technology where it stands. */
export function toReasonProps({ says, why }: Permission): { title?: string; "aria-describedby"?: string } {
  return says === null ? {} : { title: says, ...(why === "read-only" ? { "aria-describedby": READ_ONLY_ID } : {}) };
}
