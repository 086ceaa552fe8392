/**
 * What a claim on the screen rests on. Four marks that are never mixed (docs/architecture.md):
 * policy (what the API server stores), enforced (what our checks met after a change), first hand (what our own calls met),
 * observed (what all traffic did over a window, from Kiali).
 */
export type Mark = "policy" | "enforced" | "first-hand" | "observed";

export interface Evidence {
  mark: Mark;
  /** Who said it, in words: "Kiali, from Prometheus", "our own call", "web-api's proxy log", "API server watch". */
  source: string;
  /** Epoch ms at which it was seen. */
  at: number;
  /** For observed: the window the figure covers. */
  windowSeconds?: number;
  /** The fact itself, one sentence. */
  says: string;
  /** Set when the claim is a conclusion from other facts rather than seen itself. */
  deduced?: boolean;
}
