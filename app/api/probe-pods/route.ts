import { probePodRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: probePodRequest,
    handle: async ({ body, runtime }) => {
      await runtime.probePod(body);
      return null;
    },
  },
});
