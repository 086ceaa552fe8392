"use client";

import type { CallsSection, JournalEntry } from "@/lib/api/state";
import { toMinute } from "../words/age";
import { BUCKET_MS, type CallHistory, STRIP_KINDS, type StripKind, toSpan } from "./call-history";
import { toLabels, toStripMarks, toStripRuns } from "./strip-marks";
import { useCallHistory } from "./use-call-history";
import { useWidth } from "./use-width";

const HEIGHT = 52;
/** Words stand above, bars grow from the ground, runs lie on it. */
const GROUND = 46;
const MOST_BAR = 22;
/** The words have so much of the height to themselves: a line without words begins below it. */
const WORDS = 14;
/** A bar is at least so many calls high, so that a single call is not the whole height. */
const LEAST_SCALE = 5;
const LETTER = 6.6;
/** Room for a cross at the very end. */
const EDGE = 8;

const LOOKS: Record<Exclude<StripKind, "refused">, { fill: string; words: string }> = {
  "mutual-tls": { fill: "var(--mtls)", words: "mutual TLS" },
  plaintext: { fill: "var(--plain)", words: "plaintext" },
  unmeasured: { fill: "var(--idle)", words: "answered, encryption not measured" },
  failed: { fill: "var(--bad)", words: "failed or unreachable" },
  missed: { fill: "var(--line)", words: "made, not told one by one" },
};

/** The last 15 minutes: our own calls by protection, refusals, and the changes between them. Traffic of others is not kept here, and it says so. */
export function Strip({ calls, journal, now }: { calls: CallsSection; journal: readonly JournalEntry[]; now: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const history = useCallHistory(calls, now);
  const span = toSpan(now, [journal[0]?.at, Math.min(...history.buckets.keys())]);
  const from = now - span;
  const toX = (at: number) => ((at - from) / span) * (width - EDGE);
  const title = `Last ${Math.round(span / 60_000)} minutes`;
  const marks = toStripMarks(journal).filter(({ at }) => at > from);
  const labels = toLabels(marks, toX, LETTER, width);
  return (
    <section aria-label={title} className="border-t border-line bg-surface px-4 pt-2.5 pb-2 sm:px-6">
      <div className="flex flex-wrap items-baseline gap-x-2.5 text-xs/4 text-muted">
        <h2 className="font-semibold text-ink">{title}</h2>
        <p>Padlock&rsquo;s own calls by protection, changes, refusals</p>
        <p className="ml-auto">
          {toMinute(from)} – {toMinute(now)}
        </p>
      </div>
      <div ref={box} className="mt-1 h-[52px] overflow-hidden">
        {width > 0 && (
          <svg
            width={width}
            height={HEIGHT}
            role="img"
            aria-label={toWords(
              history,
              marks.map(({ words }) => words),
              from,
            )}
            data-strip=""
          >
            <line x1={0} x2={width} y1={GROUND} y2={GROUND} stroke="var(--line)" />
            {toStripRuns(journal)
              .filter(({ to }) => to === null || to > from)
              .map((run) => {
                const x = Math.max(0, toX(run.from));
                return <rect key={run.id} x={x} y={GROUND + 2} width={Math.max(3, toX(run.to ?? now) - x)} height={3} rx={1.5} fill="var(--muted)" />;
              })}
            <Bars history={history} toX={toX} barWidth={Math.max(2, (BUCKET_MS / span) * width - 2)} from={from} />
            {history.buckets.size === 0 && marks.length === 0 && (
              <text x={width / 2} y={GROUND - 14} textAnchor="middle" fontSize={12} fill="var(--muted)">
                nothing yet
              </text>
            )}
            {marks.map((mark) => {
              const x = toX(mark.at);
              const label = labels.get(mark.id);
              return (
                <g key={mark.id} data-mark={mark.words}>
                  <title>{mark.words}</title>
                  <line x1={x} x2={x} y1={label === undefined ? WORDS : 0} y2={GROUND + 5} stroke="var(--ink)" strokeWidth={1.5} />
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

function Bars({ history, toX, barWidth, from }: { history: CallHistory; toX: (at: number) => number; barWidth: number; from: number }) {
  const shown = [...history.buckets].filter(([start]) => start + BUCKET_MS > from);
  const most = Math.max(LEAST_SCALE, ...shown.map(([, counts]) => STRIP_KINDS.reduce((sum, kind) => sum + (kind === "refused" ? 0 : counts[kind]), 0)));
  return shown.map(([start, counts]) => {
    let y = GROUND;
    const x = toX(start) + 1;
    const parts = (Object.keys(LOOKS) as (keyof typeof LOOKS)[]).toReversed().map((kind) => {
      const height = (counts[kind] / most) * MOST_BAR;
      y -= height;
      return height > 0 ? (
        <rect key={kind} x={x} y={y} width={barWidth} height={height} fill={LOOKS[kind].fill}>
          <title>{`${counts[kind]} ${LOOKS[kind].words}`}</title>
        </rect>
      ) : null;
    });
    const middle = toX(counts.refusedAt ?? start);
    const cross = Math.max(17, y - 7);
    return (
      <g key={start}>
        {parts}
        {counts.refused > 0 && (
          <path d={`M${middle - 4} ${cross - 4}l8 8m0 -8l-8 8`} stroke="var(--refused)" strokeWidth={2.2} strokeLinecap="round" data-refused={counts.refused}>
            <title>{`${counts.refused} refused`}</title>
          </path>
        )}
      </g>
    );
  });
}

/** The strip for those who cannot see it. */
function toWords(history: CallHistory, marks: readonly string[], from: number): string {
  const totals = STRIP_KINDS.map((kind) => ({
    kind,
    count: [...history.buckets].reduce((sum, [start, counts]) => sum + (start + BUCKET_MS > from ? counts[kind] : 0), 0),
  })).filter(({ count }) => count > 0);
  const calls = totals.map(({ kind, count }) => `${count} ${kind === "refused" ? "refused" : LOOKS[kind].words}`).join(", ");
  return [calls === "" ? "No calls of Padlock's own yet" : `Padlock's own calls: ${calls}`, ...marks].join(". ");
}
