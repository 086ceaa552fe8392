import { presenceRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: presenceRequest,
    handle: ({ body, runtime }) => {
      runtime.presence.say(body);
      return null;
    },
  },
  writes: "viewer",
  anyTarget: true,
  unlimited: true,
  unaudited: true,
});
