import { CommandLine } from "../frame/command-line";
import { Name } from "../words/name";
import type { Permission } from "./permission";

/** Beside a control that the cluster would refuse: who may not do what, and what somebody else could run. */
export function MissingRight({ permission, instead }: { permission: Pick<Permission, "why" | "says" | "command" | "grant">; instead?: string }) {
  const { why, says, command, grant } = permission;
  if (why !== "right" || says === null) return null;
  return (
    <div data-missing-right="" className="flex min-w-0 flex-col gap-1.5 border-l-[3px] border-line pl-2.5 text-[13px]/[18px]">
      <p className="any-name">
        <Name>{says}</Name>
        {instead !== undefined && <span className="text-muted"> {instead}</span>}
      </p>
      {command !== null && <CommandLine command={command} label="the same, for somebody who may" caption="who may" />}
      {grant !== null && <CommandLine command={grant} label="what gives you the right, for somebody who may grant it" caption="grants it" />}
    </div>
  );
}
