import { probeRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: { body: probeRequest, handle: ({ body, runtime, request }) => runtime.probe(body, request.signal) },
});
