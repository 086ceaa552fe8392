import { switchRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: { body: switchRequest, handle: ({ body, runtime }) => runtime.switchPolicy(body) },
});
