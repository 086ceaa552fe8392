import { guard } from "@/lib/server/guard";
import { parseView } from "@/lib/server/view-query";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ url, runtime }) => runtime.readState(parseView(url)),
});
