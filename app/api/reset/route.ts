import { resetRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";
import { parseNamespace } from "@/lib/server/view-query";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ url, runtime }) => runtime.planReset(parseNamespace(url)),
  reads: "instructor",
  post: { body: resetRequest, handle: ({ body, runtime }) => runtime.reset(body) },
});
