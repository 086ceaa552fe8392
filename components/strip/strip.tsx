"use client";

import type { CallsSection, JournalEntry } from "@/lib/api/state";
import type { HistoryPoint } from "@/lib/mesh/history";
import { toMinute } from "../words/age";
import { BUCKET_MS, toSpan } from "./call-history";
import { ObservedLane, OwnLane } from "./strip-lanes";
import { toLabels, toStripMarks, toStripRuns } from "./strip-marks";
import { toStripWords } from "./strip-words";
import { useCallHistory } from "./use-call-history";
import { useWidth } from "./use-width";

const HEIGHT = 64;
/** The words have so much of the height to themselves: a line without words begins below it. */
const WORDS = 14;
/** Where the two lanes' bars stand, and how high they grow. */
const OBSERVED = { ground: 38, mostBar: 22 };
const OWN = { ground: 58, mostBar: 14 };
/** Widths of letters at 12 px, semibold, rounded up: modes are written in capitals. */
const CAPITAL = 9;
const LETTER = 6.8;
/** Room for a cross at the very end, and for the lanes' names at the start. */
const EDGE = 8;
const NAMES = 32;

interface StripProps {
  /** All traffic, as Kiali observed it. */
  observed: readonly HistoryPoint[];
  calls: CallsSection;
  journal: readonly JournalEntry[];
  now: number;
}

/** The last 15 minutes: all traffic by protection, our own calls and their refusals, and the changes between them. */
export function Strip({ observed, calls, journal, now }: StripProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const history = useCallHistory(calls, now);
  const busy = observed.find(({ mutualTls, plaintext, notMeasured }) => mutualTls + plaintext + notMeasured > 0);
  const span = toSpan(now, [journal[0]?.at, Math.min(...history.buckets.keys()), busy?.at]);
  const from = now - span;
  const toX = (at: number) => NAMES + ((at - from) / span) * (width - NAMES - EDGE);
  const title = `Last ${Math.round(span / 60_000)} minutes`;
  const marks = toStripMarks(journal).filter(({ at }) => at > from);
  const labels = toLabels(marks, toX, toLength, width);
  const lane = { toX, barWidth: Math.max(2, (BUCKET_MS / span) * (width - NAMES) - 2), from };
  return (
    <section aria-label={title} className="border-t border-line bg-surface px-4 pt-2.5 pb-2 sm:px-6">
      <div className="flex flex-wrap items-baseline gap-x-2.5 text-xs/4 text-muted">
        <h2 className="font-semibold text-ink">{title}</h2>
        <p>all: requests/s as Kiali observed them · own: Padlock&rsquo;s calls, × refused</p>
        <p className="ml-auto">
          {toMinute(from)} – {toMinute(now)}
        </p>
      </div>
      <div ref={box} className="mt-1 h-[64px] overflow-hidden">
        {width > 0 && (
          <svg
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={toStripWords(
              observed,
              history,
              marks.map(({ words }) => words),
              from,
            )}
            data-strip=""
          >
            <LaneName words="all" ground={OBSERVED.ground} width={width} />
            <LaneName words="own" ground={OWN.ground} width={width} />
            {toStripRuns(journal)
              .filter(({ to }) => to === null || to > from)
              .map((run) => {
                const x = Math.max(NAMES, toX(run.from));
                return <rect key={run.id} x={x} y={OWN.ground + 2} width={Math.max(3, toX(run.to ?? now) - x)} height={3} rx={1.5} fill="var(--muted)" />;
              })}
            <ObservedLane history={observed} {...OBSERVED} {...lane} />
            <OwnLane history={history} {...OWN} {...lane} />
            {marks.map((mark) => {
              const x = toX(mark.at);
              const label = labels.get(mark.id);
              return (
                <g key={mark.id} data-mark={mark.words}>
                  <title>{mark.words}</title>
                  <line x1={x} x2={x} y1={label === undefined ? WORDS : 0} y2={OWN.ground + 5} stroke="var(--ink)" strokeWidth={1.5} />
                  {label !== undefined && (
                    <text
                      x={label.side === "right" ? x + 5 : x - 5}
                      y={10}
                      textAnchor={label.side === "right" ? "start" : "end"}
                      fontSize={12}
                      fontWeight={600}
                      fill="var(--ink)"
                    >
                      {label.words}
                    </text>
                  )}
                </g>
              );
            })}
          </svg>
        )}
      </div>
    </section>
  );
}

function toLength(words: string): number {
  const capitals = words.match(/[A-Z]/g)?.length ?? 0;
  return capitals * CAPITAL + (words.length - capitals) * LETTER;
}

/** What a lane is of, and the ground its bars stand on. */
function LaneName({ words, ground, width }: { words: string; ground: number; width: number }) {
  return (
    <g>
      <text x={0} y={ground} fontSize={11} fill="var(--muted)">
        {words}
      </text>
      <line x1={NAMES} x2={width} y1={ground} y2={ground} stroke="var(--line)" />
    </g>
  );
}
