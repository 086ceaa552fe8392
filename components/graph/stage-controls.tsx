import type { ReactNode } from "react";

interface StageControlsProps {
  onZoomIn(): void;
  onZoomOut(): void;
  onFit(): void;
  onTidy(): void;
  /** Saves the picture; absent = it cannot be saved. */
  onExport?: ((kind: "png" | "svg") => void) | undefined;
}

/** Zoom, fit, tidy up and save, in the corner the fitted graph keeps free. */
export function StageControls({ onZoomIn, onZoomOut, onFit, onTidy, onExport }: StageControlsProps) {
  return (
    <fieldset aria-label="View of the graph" className="absolute right-3 bottom-2 flex overflow-hidden rounded-lg border border-line bg-surface">
      <Control label="Zoom out" onPress={onZoomOut}>
        <path d="M5 10h10" />
      </Control>
      <Control label="Zoom in" onPress={onZoomIn}>
        <path d="M10 5v10M5 10h10" />
      </Control>
      <Control label="Fit the graph" onPress={onFit}>
        <path d="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4" />
      </Control>
      <Control label="Tidy up: lay the graph out anew" onPress={onTidy}>
        <path d="M4 4.5h4v4H4zM12 4.5h4v4h-4zM8 13h4v4H8zM8 6.5h4M6 8.5V11h8V8.5M10 11v2" />
      </Control>
      {onExport !== undefined &&
        (["png", "svg"] as const).map((kind) => (
          <Control key={kind} label={`Save the picture as ${kind.toUpperCase()}`} onPress={() => onExport(kind)}>
            <text x="10" y="13.5" textAnchor="middle" fontSize="9.5" fontWeight="700" fill="currentColor" stroke="none">
              {kind.toUpperCase()}
            </text>
          </Control>
        ))}
    </fieldset>
  );
}

function Control({ label, onPress, children }: { label: string; onPress(): void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onPress}
      className="flex h-8 w-9 items-center justify-center border-l border-line text-muted first:border-l-0 hover:bg-sunken hover:text-ink"
    >
      <svg
        width="20"
        height="20"
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {children}
      </svg>
    </button>
  );
}
