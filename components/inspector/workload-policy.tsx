"use client";

import { useState } from "react";
import type { LiveState } from "@/lib/api/state";
import type { GraphNode } from "@/lib/mesh/graph";
import { CommandLine } from "../frame/command-line";
import { Disclosure } from "../panel/disclosure";
import { PolicySteps } from "../panel/policy-chain";
import { PolicyDocuments } from "../panel/policy-yaml";
import { Name } from "../words/name";
import { toKialiUrl } from "./kiali-url";
import { toProofCommands } from "./proof-commands";
import { toSpeakingPolicies } from "./speaking-objects";

interface WorkloadPolicyProps {
  node: GraphNode;
  /** "What decides for it", "What decides at the server". */
  title: string;
  state: Pick<LiveState, "mesh" | "commands" | "target">;
}

/** What decides for a workload, as chain and as YAML, the commands that prove it, and the same workload in Kiali. */
export function WorkloadPolicy({ node, title, state }: WorkloadPolicyProps) {
  const [showYaml, setShowYaml] = useState(false);
  const documents = toSpeakingPolicies(node.policy, state.mesh.policies);
  const kiali = toKialiUrl(state.target, node);
  return (
    <>
      {node.policy !== null && (
        <section aria-label={title} className="flex min-w-0 flex-col gap-1.5">
          <div className="flex items-center justify-between gap-3">
            <h3 className="text-muted">{title}</h3>
            {documents.length > 0 && (
              <Disclosure open={showYaml} onToggle={setShowYaml} inline label={`YAML: ${title}`}>
                YAML
              </Disclosure>
            )}
          </div>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
            <PolicySteps policy={node.policy} />
            {node.policy.ports.map(({ port, mode, object }) => (
              <div key={port} className="contents">
                <dt className="text-muted">port {port}</dt>
                <dd className="any-name">
                  {mode}{" "}
                  <span className="text-muted">
                    <Name>{`${object.namespace}/${object.name}`}</Name>
                  </span>
                </dd>
              </div>
            ))}
          </dl>
          {showYaml && <PolicyDocuments policies={documents} />}
        </section>
      )}
      <div className="flex min-w-0 flex-col gap-1.5">
        {toProofCommands(node, state.commands.kubectl).map(({ caption, command }) => (
          <CommandLine key={command} command={command} caption={caption} label={`show ${caption}`} />
        ))}
      </div>
      {kiali !== null && (
        <a
          href={kiali}
          target="_blank"
          rel="noreferrer"
          className="touch w-fit rounded font-semibold underline decoration-line decoration-2 underline-offset-4"
        >
          <Name>{node.title}</Name> in Kiali <span aria-hidden="true">↗</span>
        </a>
      )}
    </>
  );
}
