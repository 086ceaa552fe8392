import { instructorLinkRequest } from "@/lib/api/requests";
import { guard } from "@/lib/server/guard";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = guard({
  get: ({ runtime }) => runtime.gate.invite(),
  reads: "instructor",
  anyTarget: true,
  post: { body: instructorLinkRequest, handle: ({ runtime }) => runtime.gate.createInstructorLink() },
});
