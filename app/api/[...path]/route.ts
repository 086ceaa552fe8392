import { ApiError } from "@/lib/server/api-error";
import { guard } from "@/lib/server/guard";

/** Everything below /api that is not a route answers in the API's own form, not with a page. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: () => {
    throw new ApiError("not-found", "There is no such address.");
  },
});
