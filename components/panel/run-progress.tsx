import type { RunStatus, SwitchChange } from "@/lib/api/state";
import { CALLERS, type Call, type Caller } from "@/lib/mesh/calls";
import { toDuration, toRate } from "../words/age";
import { isBeforeChange } from "./before-change";
import { type RunCell, toRunCells } from "./run-cells";

/** Colour repeats what the sign in the cell says. */
const CELLS: Record<RunCell["state"], { look: string; sign: string }> = {
  served: { look: "border-ok/55 bg-ok/20", sign: "" },
  sent: { look: "border-line bg-sunken", sign: "" },
  failed: { look: "border-bad bg-bad/20 text-bad", sign: "!" },
  refused: { look: "border-refused bg-refused/15 text-refused", sign: "×" },
  unreachable: { look: "border-unknown bg-sunken text-muted", sign: "?" },
  cancelled: { look: "border-line text-muted", sign: "–" },
  "not-yet": { look: "border-dashed border-unknown/60", sign: "" },
};

const CALLER_WORDS: Record<Caller, string> = { gateway: "through the gateway", "with-sidecar": "with sidecar", "without-sidecar": "without sidecar" };
/** So many calls have a cell each; more are a bar. */
const MOST_CELLS = 20;

/** A run in numbers: a cell for each of a few calls, a bar for many, a line for each caller of three. */
export function RunProgress({ run, calls, change }: { run: RunStatus; calls: readonly Call[]; change: SwitchChange | null }) {
  const isShort = run.planned !== null && run.planned <= MOST_CELLS;
  return (
    <div className="flex min-w-0 flex-col gap-2" data-run={run.kind} data-run-end={run.end ?? "running"}>
      {run.kind === "calls" && isShort && <Cells run={run} calls={calls} />}
      {run.kind === "calls" && run.planned !== null && !isShort && <Bar sent={run.sent} planned={run.planned} />}
      {run.kind === "keep-sending" && <Streams run={run} />}
      <p className="any-name text-[13px]/[18px] text-muted">
        {run.endedAt !== null && isBeforeChange(run.endedAt, change) && `Before ${change?.mode}: `}
        {run.says}
        {run.latency !== null && ` · median ${toDuration(run.latency.p50)}${isShort ? "" : `, p99 ${toDuration(run.latency.p99)}`}`}
        {run.achievedRate !== null && !isShort && ` · ${toRate(run.achievedRate)} a second`}
      </p>
    </div>
  );
}

function Bar({ sent, planned }: { sent: number; planned: number }) {
  return (
    <div
      role="progressbar"
      aria-label="Calls sent"
      aria-valuemin={0}
      aria-valuemax={planned}
      aria-valuenow={sent}
      className="h-2 rounded-full border border-line bg-sunken"
    >
      <div className="h-full rounded-full bg-accent" style={{ width: `${Math.min(100, (sent / planned) * 100)}%` }} />
    </div>
  );
}

function Cells({ run, calls }: { run: RunStatus; calls: readonly Call[] }) {
  return (
    <ol className="flex gap-1" aria-label={`${run.sent} of ${run.planned} calls made`}>
      {toRunCells(run, calls).map((cell) => (
        <li
          key={cell.number}
          title={toWords(cell)}
          data-cell={cell.state}
          className={`grid h-5.5 min-w-0 flex-1 place-items-center rounded border text-xs/none font-bold ${CELLS[cell.state].look}`}
        >
          <span aria-hidden="true">{CELLS[cell.state].sign}</span>
          <span className="sr-only">{toWords(cell)}</span>
        </li>
      ))}
    </ol>
  );
}

function toWords({ state, call }: RunCell): string {
  if (call === null) return state === "sent" ? "made" : "not yet";
  return `${call.outcome}${call.httpCode === null ? "" : ` ${call.httpCode}`} in ${toDuration(call.latencyMs)}`;
}

function Streams({ run }: { run: RunStatus }) {
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-3 gap-y-0.5 text-[13px]/[18px]">
      {CALLERS.map((caller) => {
        const count = run.byCaller[caller];
        if (count === undefined) return null;
        const parts = [
          (count.served > 0 || count.sent === 0) && `${count.served} served`,
          count.failed > 0 && `${count.failed} failed`,
          count.unreachable > 0 && `${count.unreachable} unreachable`,
        ].filter((part) => part !== false);
        return (
          <div key={caller} className="contents" data-stream={caller}>
            <dt className="text-muted">{CALLER_WORDS[caller]}</dt>
            <dd className="text-right">
              {parts.join(", ")}
              {count.refused > 0 && (
                <span className="font-semibold text-refused">
                  {parts.length > 0 && ", "}
                  {count.refused} refused
                </span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
