import { expect, test } from "vitest";
import { parseOptions } from "./options";

test("nothing said is the default", () => expect(parseOptions([])).toEqual({ port: 4480, labDirectory: null, help: false }));
test("a port of one's own", () => expect(parseOptions(["--port", "5000"])).toMatchObject({ port: 5000 }));
test.each([["--port", "x"], ["--port", "80"], ["--port", "70000"], ["--port", "1.5"], ["--prot", "5000"], ["more"]])(
  "%s %s is a problem with a sentence",
  (...args) => {
    expect(parseOptions(args)).toHaveProperty("problem");
  },
);
