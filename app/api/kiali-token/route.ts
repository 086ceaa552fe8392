import { kialiTokenRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: kialiTokenRequest,
    handle: async ({ body, runtime }) => {
      await runtime.enterKialiToken(body.token);
      return null;
    },
  },
});
