import type { HistoryPoint } from "@/lib/mesh/history";
import { toRate } from "../words/age";
import type { StripKind } from "./call-history";

/** How each kind of call or request looks and is called, from the ground up. Refusals are crosses, not bars: nothing was served. */
export const STRIP_LOOKS: Record<Exclude<StripKind, "refused">, { fill: string; words: string }> = {
  plaintext: { fill: "var(--plain)", words: "plaintext" },
  "mutual-tls": { fill: "var(--mtls)", words: "mutual TLS" },
  unmeasured: { fill: "var(--idle)", words: "answered, encryption not measured" },
  failed: { fill: "var(--bad)", words: "failed or unreachable" },
  missed: { fill: "var(--line)", words: "made, not told one by one" },
};

export function toCountWords(kind: StripKind, count: number): string {
  return `${count} ${kind === "refused" ? "refused" : STRIP_LOOKS[kind].words}`;
}

/** "1.20 requests/s: 1.00 mutual TLS, 0.20 plaintext". */
export function toPointWords({ mutualTls, plaintext, notMeasured }: HistoryPoint): string {
  const parts = [
    mutualTls > 0 && `${toRate(mutualTls)} mutual TLS`,
    plaintext > 0 && `${toRate(plaintext)} plaintext`,
    notMeasured > 0 && `${toRate(notMeasured)} not measured`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "no traffic" : `${toRate(mutualTls + plaintext + notMeasured)} requests/s: ${parts.join(", ")}`;
}
