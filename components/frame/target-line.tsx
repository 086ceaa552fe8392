import type { Target } from "@/lib/api/state";
import { Name } from "../words/name";

/** On a real cluster, across every screen and never hidden: its context, its address and who one is there. The lab has its chip alone. */
export function TargetLine({ target, className = "" }: { target: Target; className?: string }) {
  if (target.kind === "lab") return null;
  return (
    <section
      aria-label="Cluster"
      data-target-line={target.context}
      className={`flex flex-wrap items-baseline gap-x-3 border-plain bg-plain/15 text-ink ${className}`}
    >
      <span>Cluster</span>
      <b className="any-name font-semibold">
        <Name>{target.context}</Name>
      </b>
      <span className="any-name">
        <Name>{target.server}</Name>
      </span>
      <span className="any-name">
        as <Name>{target.user || "nobody"}</Name>
      </span>
    </section>
  );
}
