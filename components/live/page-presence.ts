import type { PresenceRequest } from "@/lib/api/requests";
import { ROUTES } from "@/lib/api/routes";

/** An id of this page for its life; a reload is a new page, which is how a run notices that its starter left. */
export function createPageId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Tells the server whether this page is there. `keepalive` lets the last word out while the page closes. */
export function sayPresence(page: string, state: PresenceRequest["state"]): void {
  fetch(ROUTES.presence, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ page, state } satisfies PresenceRequest),
    keepalive: true,
  }).catch(() => {
    // The server is gone: then there is nobody to tell, and the stream says so on screen.
  });
}
