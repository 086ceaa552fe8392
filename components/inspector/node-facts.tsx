import type { LiveState } from "@/lib/api/state";
import type { GraphEdge, GraphNode, MeshGraph } from "@/lib/mesh/graph";
import type { SidecarState } from "@/lib/mesh/objects";
import { LockIcon } from "../locks/LockIcon";
import { toRate } from "../words/age";
import { Name } from "../words/name";
import { Certificate } from "./certificate";
import { Facts } from "./facts";
import { LockFacts, toLockWords } from "./lock-facts";
import { WorkloadPolicy } from "./workload-policy";

const SIDECARS: Record<SidecarState, string> = {
  sidecar: "has a sidecar",
  none: "no sidecar: it sends and takes plaintext, and no policy has an effect on it",
  ambient: "ambient: no sidecar, the node's ztunnel speaks for it",
  unknown: "not known: its pods could not be read",
};

interface NodeFactsProps {
  node: GraphNode;
  incoming: readonly GraphEdge[];
  outgoing: readonly GraphEdge[];
  state: LiveState;
  graph: MeshGraph;
  now: number;
  onSelect: (id: string) => void;
}

/** One workload: the lock of what it serves, its sidecar, its certificate, what decides for it, and its lines. */
export function NodeFacts({ node, incoming, outgoing, state, graph, now, onSelect }: NodeFactsProps) {
  return (
    <>
      {incoming.length > 0 && <LockFacts lock={node.lock} now={now} kubectl={state.commands.kubectl} />}
      <Facts
        rows={[
          { name: "sidecar", value: node.kind === "workload" ? SIDECARS[node.sidecar] : "does not apply" },
          ...(node.version === null ? [] : [{ name: "version", value: <Name>{node.version}</Name> }]),
          ...(node.cluster == null ? [] : [{ name: "cluster", value: <Name>{node.cluster}</Name> }]),
          { name: "in", value: `${toRate(node.rateIn)} requests/s` },
          { name: "out", value: `${toRate(node.rateOut)} requests/s` },
        ]}
      />
      <Lines title="Is called by" edges={incoming} end="source" graph={graph} onSelect={onSelect} />
      <Lines title="Calls" edges={outgoing} end="target" graph={graph} onSelect={onSelect} />
      {node.kind === "workload" && node.sidecar === "sidecar" && !node.isGateway && node.namespace !== null && node.cluster == null && (
        <Certificate key={node.id} namespace={node.namespace} workload={node.name} now={now} />
      )}
      <WorkloadPolicy key={`${node.id} policy`} node={node} title="What decides for it" state={state} />
    </>
  );
}

interface LinesProps {
  title: string;
  edges: readonly GraphEdge[];
  end: "source" | "target";
  graph: MeshGraph;
  onSelect: (id: string) => void;
}

function Lines({ title, edges, end, graph, onSelect }: LinesProps) {
  if (edges.length === 0) return null;
  return (
    <div className="min-w-0">
      <h3 className="text-muted">{title}</h3>
      <ul>
        {edges.map((edge) => {
          const other = graph.nodes.find(({ id }) => id === edge[end]);
          return (
            <li key={edge.id}>
              <button
                type="button"
                onClick={() => onSelect(edge.id)}
                className="touch flex w-full min-w-0 items-center gap-2 rounded py-1 text-left hover:bg-sunken"
              >
                {edge.kind === "mesh" && <LockIcon state={edge.lock.state} size={20} label={null} />}
                <span className="min-w-0 flex-1 truncate font-semibold">
                  <Name>{other?.title ?? edge[end]}</Name>
                </span>
                <span className="shrink-0 text-muted">{edge.kind === "mesh" ? toLockWords(edge.lock) : "TLS, one way"}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
