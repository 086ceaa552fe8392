import type { Call } from "@/lib/mesh/calls";
import type { LockState } from "@/lib/mesh/lock";

/** What one call of ours proved, and no more: a 200 says nothing about encryption. */
export function toProbeVerdict(call: Call | null): { lock: LockState; title: string } {
  if (call === null) return { lock: "not-measured", title: "Not tried yet" };
  if (call.outcome === "refused") return { lock: "refused", title: "Refused" };
  if (call.outcome === "unreachable") return { lock: "not-measured", title: "Nobody there" };
  if (call.outcome === "cancelled") return { lock: "not-measured", title: "Cancelled" };
  const verb = call.outcome === "served" ? "Served" : "Answered with an error";
  if (call.encryption === "mutual-tls") return { lock: "mutual-tls", title: `${verb} over mutual TLS` };
  if (call.encryption === "plaintext") return { lock: "plaintext", title: `${verb} in plaintext` };
  return { lock: "not-measured", title: `${verb}, encryption not measured` };
}
