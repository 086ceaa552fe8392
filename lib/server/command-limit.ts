import { ApiError } from "./api-error";

/** A token bucket over all commands: a person never meets it, a thousand starts in a second do. */
export function createCommandLimit({ burst = 60, perSecond = 5, now = Date.now }: { burst?: number; perSecond?: number; now?: () => number } = {}) {
  let tokens = burst;
  let last = now();
  return {
    /** @throws ApiError too-many */
    take(): void {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - last) / 1000) * perSecond);
      last = at;
      if (tokens < 1) throw new ApiError("too-many", "Too many commands at once; wait a second.", { retryAfter: 1 });
      tokens -= 1;
    },
  };
}
export type CommandLimit = ReturnType<typeof createCommandLimit>;
