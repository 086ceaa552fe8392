/** Facts of the posture line come as words; the two that a person must not overlook keep their colour. */
export function toFactTone(fact: string): "refused" | "plain" | "ink" {
  if (/\brefused\b/.test(fact)) return "refused";
  return /\bplaintext\b/.test(fact) ? "plain" : "ink";
}
