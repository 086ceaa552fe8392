import { toDuration } from "../words/age";
import { type EdgeLatency, toHistogram, toHistogramWords, toLatencyFigures } from "./edge-latency";
import { Facts } from "./facts";

const BAR = 20;
const GAP = 2;
const HEIGHT = 34;

/** How long our own calls took on a line: of the few the page was told of, and it says so. @param told how many calls that are */
export function Latency({ latency, told }: { latency: EdgeLatency; told: number }) {
  const figures = toLatencyFigures(latency.values);
  return (
    <section aria-label="Latency of own calls" className="flex min-w-0 flex-col gap-1.5" data-latency={latency.values.length}>
      <h3 className="text-muted">
        {latency.of === "call" ? "Time from when each own call was due to its answer" : "Time the service told of itself, for own calls"}
      </h3>
      {figures !== null && (
        <div className="flex items-end gap-4">
          <Histogram values={latency.values} />
          <Facts
            rows={[
              { name: "median", value: toDuration(figures.p50) },
              { name: "95 %", value: figures.p95 === null ? null : `within ${toDuration(figures.p95)}`, none: "of 20 or more only" },
              { name: "slowest", value: toDuration(figures.max) },
            ]}
          />
        </div>
      )}
      <p className="text-xs text-muted">{toSample(latency, told)}</p>
    </section>
  );
}

/** What the figures rest on: "40 of the last 60 own calls this page was told of". */
export function toSample({ values, unanswered }: Pick<EdgeLatency, "values" | "unanswered">, told: number): string {
  const of = `of the last ${told} own calls this page was told of`;
  if (values.length === 0) return `${unanswered} ${of} went this way; none was answered with a time`;
  return `${values.length} ${of}${unanswered === 0 ? "" : `; ${unanswered} more went this way without one`}`;
}

function Histogram({ values }: { values: readonly number[] }) {
  const bins = toHistogram(values);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const width = bins.length * (BAR + GAP);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return null;
  return (
    <figure className="shrink-0">
      <svg width={width} height={HEIGHT} role="img" aria-label={`Calls by time: ${toHistogramWords(bins)}`}>
        {bins.map(({ from, to, count }, index) => {
          const height = count === 0 ? 0 : Math.max(3, (count / most) * (HEIGHT - 1));
          return (
            <rect key={from} x={index * (BAR + GAP)} y={HEIGHT - 1 - height} width={BAR} height={height} fill="var(--ok)">
              <title>{toHistogramWords([{ from, to, count }])}</title>
            </rect>
          );
        })}
        <line x1={0} x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--line)" />
      </svg>
      <figcaption className="flex justify-between gap-2 text-[11px]/4 text-muted" aria-hidden="true">
        <span>{first.from}</span>
        <span>{last.to === null ? `${last.from} ms +` : `${last.to} ms`}</span>
      </figcaption>
    </figure>
  );
}
