import { expect, test } from "vitest";
import { toValidity } from "./certificate-words";

const HOUR = 3_600_000;
const certificate = { validFrom: 0, validTo: 24 * HOUR };

test.each([
  [HOUR / 5, "valid", "since 12 min for 24 h, 24 h left"],
  [23 * HOUR, "valid", "since 23 h for 24 h, 60 min left"],
  [25 * HOUR, "expired", "expired 60 min ago, was valid for 24 h"],
  [-2 * HOUR, "not-yet", "valid only in 2 h, for 24 h"],
])("at %d it is %s", (now, state, words) => expect(toValidity(certificate, now)).toEqual({ state, words }));
