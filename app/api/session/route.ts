import type { SessionAnswer } from "@/lib/api/session";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ runtime, session }) => ({ role: session.role, signIn: runtime.gate.signIn }) satisfies SessionAnswer,
});
