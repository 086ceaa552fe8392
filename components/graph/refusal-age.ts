/** Steps in which a refusal fades: each is a new picture, so they are few. */
const STEPS = 8;
/** What is left of it just before it leaves the window: seen, but past. */
const FAINTEST = 0.35;

/**
 * How present a refusal still is: 1 when it has just happened, down to 0.35 at the end of the window, after which it is gone. An age is data, so it fades
 * under reduced motion too.
 * @param lastRefusedAt epoch ms of the last refusal; null = not known, which does not fade
 * @param now the server's clock, epoch ms; 0 = not known yet
 */
export function toPresence(lastRefusedAt: number | null, now: number, windowSeconds: number): number {
  if (lastRefusedAt === null || !Number.isFinite(lastRefusedAt) || now <= 0 || !(windowSeconds > 0)) return 1;
  const age = Math.min(1, Math.max(0, (now - lastRefusedAt) / (windowSeconds * 1000)));
  return 1 - (Math.floor(age * STEPS) / STEPS) * (1 - FAINTEST);
}
