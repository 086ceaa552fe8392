import { LOCK_STATES } from "@/lib/mesh/lock";
import { type LegendEntry, type Style, toLegend } from "../graph/legend-entries";
import { type Sample, type SampleShape, toSample } from "../graph/legend-sample";
import type { Palette } from "../graph/palette";
import { LockIcon } from "../locks/LockIcon";
import { LOCK_WORDS } from "../locks/lock-path";

const LIST = "flex flex-wrap items-center gap-x-[1.3em] gap-y-1";
const ITEM = "inline-flex items-center gap-[0.5em] whitespace-nowrap text-muted";

interface LegendProps {
  styles: ReadonlySet<Style>;
  security: boolean;
  /** Height of a lock, CSS pixels. */
  size?: number;
  /** Its entries flow with what else stands in the row they are put in. */
  inline?: boolean;
}

/** What every mark of the picture means, each as it is drawn there. */
export function Legend({ styles, security, size = 18, inline = false }: LegendProps) {
  return (
    <ul className={inline ? "contents" : LIST} aria-label="What the marks mean" data-legend="">
      {toLegend(styles, security).map((entry) => (
        <li key={entry.words} className={ITEM} data-explains={entry.explains.join(" ")}>
          <LegendSample entry={entry} size={size} />
          {entry.words}
        </li>
      ))}
    </ul>
  );
}

/** The five locks in words, where nothing else is drawn. */
export function LockLegend({ className = "" }: { className?: string }) {
  return (
    <ul className={`${LIST} ${className}`} aria-label="What the locks mean">
      {LOCK_STATES.map((state) => (
        <li key={state} className={ITEM}>
          <LockIcon state={state} size={18} label={null} />
          {LOCK_WORDS[state]}
        </li>
      ))}
    </ul>
  );
}

function LegendSample({ entry, size }: { entry: LegendEntry; size: number }) {
  const { width, shapes }: Sample = toSample(entry);
  return (
    <svg width={(width / 24) * size} height={size} viewBox={`0 0 ${width} 24`} aria-hidden="true" className="shrink-0 overflow-visible">
      {shapes.map((shape) => (
        <Shape key={`${shape.d} ${shape.stroke} ${shape.width}`} shape={shape} />
      ))}
    </svg>
  );
}

function Shape({ shape: { d, fill, stroke, width, dash, cap, x } }: { shape: SampleShape }) {
  return (
    <path
      d={d}
      transform={x === undefined ? undefined : `translate(${x})`}
      fill={fill === null ? "none" : toVariable(fill)}
      fillRule="evenodd"
      stroke={stroke === null ? undefined : toVariable(stroke)}
      strokeWidth={width}
      strokeDasharray={dash?.join(" ")}
      strokeLinecap={cap}
      strokeLinejoin="round"
    />
  );
}

/** The page's own names of the tokens that a sample uses. */
function toVariable(token: keyof Palette): string {
  return `var(--${token === "ground" ? "bg" : token === "border" ? "unknown" : token})`;
}
