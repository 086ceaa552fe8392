import { endSessionRequest } from "@/lib/api/requests";
import { checkRole, guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  post: {
    body: endSessionRequest,
    handle: ({ body, request, runtime, session }) => {
      if (body.whose === "mine") {
        const cookie = runtime.gate.leave(request.headers.get("cookie"));
        return new Response(null, { status: 204, headers: { "cache-control": "no-store", "set-cookie": cookie } });
      }
      checkRole(session, "instructor");
      runtime.gate.endOthers(session);
      return null;
    },
  },
  writes: "viewer",
  anyTarget: true,
  // Leaving must work even after a thousand commands.
  unlimited: true,
});
