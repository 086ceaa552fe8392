import type { RunStatus } from "@/lib/api/state";
import { CALLERS, type Call, type Caller, type CallOutcome } from "@/lib/mesh/calls";
import { toDuration, toRate } from "../words/age";

const CELL: Record<CallOutcome, string> = {
  served: "border-ok bg-ok/25",
  failed: "border-bad bg-bad/25",
  refused: "border-refused bg-refused/25",
  unreachable: "border-unknown bg-unknown/25",
  cancelled: "border-dashed border-line",
};

const CALLER_WORDS: Record<Caller, string> = { gateway: "through the gateway", "with-sidecar": "with sidecar", "without-sidecar": "without sidecar" };

/** A run in numbers: a cell for each of a few calls, a bar for many, a line for each caller of three. */
export function RunProgress({ run, calls }: { run: RunStatus; calls: readonly Call[] }) {
  return (
    <div className="flex flex-col gap-2">
      {run.kind === "calls" && run.planned !== null && run.planned <= 20 && <Cells run={run} calls={calls} />}
      {run.kind === "calls" && run.planned !== null && run.planned > 20 && (
        <progress value={run.sent} max={run.planned} className="h-1.5 w-full accent-accent" aria-label="Calls sent" />
      )}
      {run.kind === "keep-sending" && <Streams run={run} />}
      <p className="text-[13px]/[18px] text-muted" data-run-end={run.end ?? "running"}>
        {run.says}
        {run.latency !== null && ` · median ${toDuration(run.latency.p50)}, p99 ${toDuration(run.latency.p99)}`}
        {run.achievedRate !== null && run.planned !== null && run.planned > 20 && ` · ${toRate(run.achievedRate)} a second`}
      </p>
    </div>
  );
}

function Cells({ run, calls }: { run: RunStatus; calls: readonly Call[] }) {
  const own = calls.filter((call) => call.runId === run.id);
  const cells = Array.from({ length: run.planned ?? 0 }, (_, index) => ({ number: index + 1, call: own[index] }));
  return (
    <ol className="flex gap-1" aria-label={`${own.length} of ${run.planned} calls done`}>
      {cells.map(({ number, call }) => (
        <li
          key={number}
          title={call === undefined ? "not yet" : `${call.outcome}${call.httpCode === null ? "" : ` ${call.httpCode}`} in ${toDuration(call.latencyMs)}`}
          className={`h-5.5 min-w-0 flex-1 rounded border ${call === undefined ? "border-dashed border-line" : CELL[call.outcome]}`}
        />
      ))}
    </ol>
  );
}

function Streams({ run }: { run: RunStatus }) {
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-3 gap-y-0.5 text-[13px]/[18px]">
      {CALLERS.map((caller) => {
        const count = run.byCaller[caller];
        if (count === undefined) return null;
        return (
          <div key={caller} className="contents">
            <dt className="text-muted">{CALLER_WORDS[caller]}</dt>
            <dd>
              {count.served} served{count.failed > 0 && `, ${count.failed} failed`}
              {count.refused > 0 && <span className="font-semibold text-refused">, {count.refused} refused</span>}
              {count.unreachable > 0 && `, ${count.unreachable} unreachable`}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
