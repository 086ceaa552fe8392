import { runRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: { body: runRequest, handle: ({ body, runtime }) => runtime.startRun(body) },
});
