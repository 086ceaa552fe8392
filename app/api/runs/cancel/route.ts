import { cancelRunRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: { body: cancelRunRequest, handle: ({ body, runtime }) => runtime.cancelRun(body.runId) },
  // What runs runs where it was started.
  anyTarget: true,
  // Stopping must work even after a thousand starts.
  unlimited: true,
});
