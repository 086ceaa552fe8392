import { expect, test } from "vitest";
import { ContainerLog } from "./container-log";

test("keeps the newest lines and gives them as kubectl logs asks", () => {
  const log = new ContainerLog(3);
  for (const line of ["one", "two", "three", "four"]) log.append(line);
  expect(log.read()).toEqual(["two", "three", "four"]);
  expect(log.read({ tailLines: 2 })).toEqual(["three", "four"]);
  expect(log.read({ tailLines: 0 })).toEqual([]);
  expect(log.read({ limitBytes: 6 })).toEqual(["two", "th"]);
  expect(log.read({ sinceTime: new Date(Date.now() + 1_000).toISOString() })).toEqual([]);
  expect(log.read({ sinceSeconds: 60, timestamps: true, tailLines: 1 })[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z four$/);
});

test("followers hear new lines until they stop", () => {
  const log = new ContainerLog();
  const heard: string[] = [];
  log.append("before");
  const stop = log.follow((line) => heard.push(line));
  log.append("while");
  stop();
  log.append("after");
  expect(heard).toEqual(["while"]);
});
