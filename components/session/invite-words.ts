import type { InviteAnswer } from "@/lib/api/session";

/** @returns what is read out to a room: where to go, and what to type there; null when the link is not of that form */
export function splitLink(link: string): { address: string; code: string } | null {
  const url = URL.canParse(link) ? new URL(link) : null;
  const code = url?.searchParams.get("code");
  return url === null || code == null ? null : { address: url.origin, code };
}

export function toPeopleWords({ viewer }: InviteAnswer["people"]): string {
  if (viewer === 0) return "Nobody looks on yet.";
  return viewer === 1 ? "One browser looks on now." : `${viewer} browsers look on now.`;
}
