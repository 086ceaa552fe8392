import type { Explanation } from "./explain";

interface GraphOutlineProps {
  explanations: Explanation[];
  /** Elements there are in all; what is beyond the list is in the table. */
  total: number;
  selected: string | null;
  onSelect(id: string | null): void;
  /** Key of what has the focus; null = nothing here has it. */
  onFocus(key: string | null): void;
}

/** Beyond this the table, which can be searched and sorted, is the better list. */
export const OUTLINE_AT_MOST = 200;

/** The picture as a list of buttons that only keyboard and screen reader meet: focus marks an element on the canvas, pressing selects it. */
export function GraphOutline({ explanations, total, selected, onSelect, onFocus }: GraphOutlineProps) {
  const left = total - explanations.length;
  return (
    <ul className="sr-only" aria-label="Nodes and connections of the graph" onBlur={() => onFocus(null)}>
      {explanations.map((item) => (
        <li key={item.key}>
          <button
            type="button"
            aria-pressed={item.id === selected}
            data-outline={item.id}
            onFocus={() => onFocus(item.key)}
            onClick={() => onSelect(item.id === selected ? null : item.id)}
          >
            <bdi>{[item.title, item.state, ...item.lines].map(withoutStop).filter(Boolean).join(". ")}</bdi>
          </button>
        </li>
      ))}
      {left > 0 && <li>{`${left} more in the table.`}</li>}
    </ul>
  );
}

/** Some lines are sentences already. */
function withoutStop(line: string | null): string {
  return line?.replace(/\.$/, "") ?? "";
}
