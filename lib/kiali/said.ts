const MAX_LENGTH = 200;

/**
 * What an answer said, fit to be shown and logged: one line of plain text, at most 200 characters. A web page is not repeated at all;
 * passwords in URLs, authorization headers and long opaque strings (tokens, cookies, keys) are blanked.
 * @returns null when nothing is left to say
 */
export function toSayable(text: string): string | null {
  if (/<\s*(!doctype|html|head|body|script)\b/i.test(text)) return null;
  const line = text
    .slice(0, 4_000)
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .replace(/<[^<>]{1,200}>/g, " ")
    .replace(/\/\/[^/\s@]+@/g, "//")
    .replace(/\b(bearer|basic)\s+\S+/gi, "$1 …")
    .replace(/\b(token|password|secret|cookie)(["']?\s*[=:]\s*["']?)[^\s"'&]+/gi, "$1$2…")
    .replace(/\beyJ[\w-]+(\.[\w-]*)*/g, "…")
    .replace(/[A-Za-z0-9+=_-]{40,}/g, "…")
    .replace(/ +/g, " ")
    .trim();
  if (line === "") return null;
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
