import { expect, test } from "vitest";
import type { RunStatus } from "@/lib/api/state";
import type { Call } from "@/lib/mesh/calls";
import { toRunCells } from "./run-cells";

const run = (over: Partial<RunStatus>) => ({ id: "a", planned: 4, sent: 0, ...over }) as RunStatus;
const call = (outcome: Call["outcome"], runId: string | null = "a") => ({ outcome, runId }) as Call;
const states = (cells: ReturnType<typeof toRunCells>) => cells.map(({ state }) => state);

test("a run that goes on has cells for what is to come", () =>
  expect(states(toRunCells(run({ sent: 2 }), [call("served"), call("refused")]))).toEqual(["served", "refused", "not-yet", "not-yet"]));

test("calls of others are not its own", () =>
  expect(states(toRunCells(run({ sent: 1 }), [call("failed", null), call("served"), call("served", "b")]))[0]).toBe("served"));

test("calls that the page has forgotten were made all the same", () =>
  expect(states(toRunCells(run({ sent: 4 }), [call("served")]))).toEqual(["sent", "sent", "sent", "served"]));

test("a call that goes on is not counted as done", () =>
  expect(states(toRunCells(run({ sent: 0 }), []))).toEqual(["not-yet", "not-yet", "not-yet", "not-yet"]));
