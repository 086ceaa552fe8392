import { expect, test } from "vitest";
import { toGoFixed, toPercentText, toRateText } from "./numbers";

test.each([
  [0.125, 2, "0.12"],
  [0.375, 2, "0.38"],
  [87.5, 0, "88"],
  [86.5, 0, "86"],
  [0.5, 0, "0"],
  [1.005, 2, "1.00"],
  [99.95, 1, "100.0"],
  [12.25, 1, "12.2"],
  [170, 2, "170.00"],
])("%d with %i decimals is %s, as Go prints it", (value, digits, text) => {
  expect(toGoFixed(value, digits)).toBe(text);
});

test.each([
  [0.76, "0.76"],
  [0.05, "0.05"],
  [0.004, "0.004"],
  [0.001, "0.001"],
  [0.00001, "0.00001"],
  [170, "170.00"],
])("a rate of %d shows its first digit: %s", (value, text) => {
  expect(toRateText(value)).toBe(text);
});

test("a share has one decimal", () => {
  expect(toPercentText(0.138, 0.513)).toBe("26.9");
});
