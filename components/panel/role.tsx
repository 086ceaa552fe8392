"use client";

import { createContext, type ReactNode, useContext } from "react";
import type { SessionAnswer } from "@/lib/api/session";

/** Why every control of a viewer rests. */
export const READ_ONLY = "This link is read only.";

const SessionContext = createContext<SessionAnswer>({ role: "instructor", signIn: false });

export function SessionProvider({ session, children }: { session: SessionAnswer; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** Who looks at this page, as the server told when it was opened. */
export function useSession(): SessionAnswer {
  return useContext(SessionContext);
}
