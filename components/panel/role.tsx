"use client";

import { createContext, useContext } from "react";
import type { SessionAnswer } from "@/lib/api/session";

/** Beside every control that a viewer may not use. */
export const READ_ONLY = "This link is read only.";

const SessionContext = createContext<SessionAnswer>({ role: "instructor", signIn: false });

export const SessionProvider = SessionContext.Provider;

/** Who looks at this page, as the server told when it was opened. */
export function useSession(): SessionAnswer {
  return useContext(SessionContext);
}
