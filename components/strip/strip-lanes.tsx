import type { HistoryPoint } from "@/lib/mesh/history";
import { BUCKET_MS, type CallHistory, STRIP_KINDS } from "./call-history";
import { STRIP_LOOKS, toCountWords, toPointWords } from "./strip-figures";

/** Where a lane lies in the strip, and how times become places. */
interface Lane {
  /** CSS pixels from the top; bars grow from here. */
  ground: number;
  mostBar: number;
  toX: (at: number) => number;
  /** One bar's width, of ten seconds. */
  barWidth: number;
  from: number;
}

/** A bar is at least so high a share of the lane as this many make up, so that little traffic is not the whole height. */
const LEAST_CALLS = 5;
const LEAST_RATE = 1;
/** Bars so wide have room for a number beside a cross, pixels. */
const COUNTED_FROM = 30;
/** A protection that was seen is seen in its bar as well, pixels: a thousandth of plaintext is the news. */
const LEAST_PART = 2;

/** All traffic between workloads, as Kiali observed it: a bar each ten seconds, of the window before. */
export function ObservedLane({ history, ground, mostBar, toX, barWidth, from }: Lane & { history: readonly HistoryPoint[] }) {
  const shown = history.filter(({ at }) => at > from);
  const most = Math.max(LEAST_RATE, ...shown.map(({ mutualTls, plaintext, notMeasured }) => mutualTls + plaintext + notMeasured));
  return shown.map((point) => (
    <g key={point.at} data-observed={point.at}>
      <title>{toPointWords(point)}</title>
      <Stack
        x={toX(point.at) - barWidth}
        width={barWidth}
        ground={ground}
        parts={[
          { fill: STRIP_LOOKS.plaintext.fill, height: toHeight(point.plaintext, most, mostBar) },
          { fill: STRIP_LOOKS["mutual-tls"].fill, height: toHeight(point.mutualTls, most, mostBar) },
          { fill: STRIP_LOOKS.unmeasured.fill, height: toHeight(point.notMeasured, most, mostBar) },
        ]}
      />
    </g>
  ));
}

/** Our own calls, as this page was told of them; refusals are a cross where the first of its ten seconds was. */
export function OwnLane({ history, ground, mostBar, toX, barWidth, from }: Lane & { history: CallHistory }) {
  const shown = [...history.buckets].filter(([start]) => start + BUCKET_MS > from);
  const most = Math.max(LEAST_CALLS, ...shown.map(([, counts]) => STRIP_KINDS.reduce((sum, kind) => sum + (kind === "refused" ? 0 : counts[kind]), 0)));
  return shown.map(([start, counts]) => {
    const kinds = (Object.keys(STRIP_LOOKS) as (keyof typeof STRIP_LOOKS)[]).filter((kind) => counts[kind] > 0);
    const middle = toX(counts.refusedAt ?? start);
    return (
      <g key={start} data-own={start}>
        <title>
          {STRIP_KINDS.filter((kind) => counts[kind] > 0)
            .map((kind) => toCountWords(kind, counts[kind]))
            .join(", ")}
        </title>
        <Stack
          x={toX(start) + 1}
          width={barWidth}
          ground={ground}
          parts={kinds.map((kind) => ({ fill: STRIP_LOOKS[kind].fill, height: toHeight(counts[kind], most, mostBar) }))}
        />
        {counts.refused > 0 && <Cross x={middle} y={ground - mostBar / 2} count={counts.refused} counted={barWidth >= COUNTED_FROM} />}
      </g>
    );
  });
}

/** One cross for all that its bar's seconds saw, with their number where there is room beside it. */
function Cross({ x, y, count, counted }: { x: number; y: number; count: number; counted: boolean }) {
  const shown = counted && count > 1 ? String(count) : "";
  return (
    <g data-refused={count}>
      <rect x={x - 7} y={y - 7} width={14 + (shown === "" ? 0 : 3 + shown.length * 7)} height={14} rx={7} fill="var(--surface)" />
      <path d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`} stroke="var(--refused)" strokeWidth={2.2} strokeLinecap="round" />
      {shown !== "" && (
        <text x={x + 8} y={y + 4} fontSize={11} fontWeight={700} fill="var(--refused)">
          {shown}
        </text>
      )}
    </g>
  );
}

function Stack({ x, width, ground, parts }: { x: number; width: number; ground: number; parts: readonly { fill: string; height: number }[] }) {
  let y = ground;
  return parts
    .filter(({ height }) => height > 0)
    .map(({ fill, height }) => {
      y -= height;
      return <rect key={fill} x={x} y={y} width={width} height={height} fill={fill} />;
    });
}

function toHeight(value: number, most: number, mostBar: number): number {
  return value > 0 ? Math.max(LEAST_PART, (value / most) * mostBar) : 0;
}
