import { callerRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: callerRequest,
    handle: ({ body, runtime }) => {
      runtime.chooseCaller(body);
      return null;
    },
  },
});
