import { guard } from "@/lib/server/guard";
import { parsePageId, parseView } from "@/lib/server/view-query";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ request, url, runtime, session }) => runtime.openStream(parseView(url), parsePageId(url), request.signal, session),
});
