import { guard } from "@/lib/server/guard";
import { parseWorkload } from "@/lib/server/view-query";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ url, runtime }) => runtime.readCertificate(parseWorkload(url)),
});
