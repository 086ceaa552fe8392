import type { ShownCertificate } from "@/lib/mesh/certificate";
import { toAge, toAgo } from "../words/age";

export interface Validity {
  state: "valid" | "expired" | "not-yet";
  /** "issued 12 min ago for 24 h, 23 h left". */
  words: string;
}

/** How a certificate stands at a time, by its own dates. Istio's are of a day and are renewed long before, so what is left says whether that works. */
export function toValidity({ validFrom, validTo }: Pick<ShownCertificate, "validFrom" | "validTo">, now: number): Validity {
  const length = toAge(validTo - validFrom);
  if (now > validTo) return { state: "expired", words: `expired ${toAgo(now - validTo)}, was valid for ${length}` };
  if (now < validFrom) return { state: "not-yet", words: `valid only in ${toAge(validFrom - now)}, for ${length}` };
  return { state: "valid", words: `since ${toAge(now - validFrom)} for ${length}, ${toAge(validTo - now)} left` };
}

/** Date and time in the person's own zone. */
export function toMoment(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}
