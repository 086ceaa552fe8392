import { gatewayAuthorityRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: gatewayAuthorityRequest,
    handle: ({ body, runtime }) => {
      runtime.enterGatewayAuthority(body);
      return null;
    },
  },
});
