import { expect, test } from "vitest";
import { toDirection } from "./direction";
import { toModel } from "./model";
import { edge, labMesh, mesh, node } from "./testdata/lab";

const phone = { width: 390, height: 540 };
const desk = { width: 1057, height: 610 };
const lab = toModel(labMesh(), { showLocks: true });

/** One that calls, or is called by, so many. */
function fan(count: number, inwards: boolean) {
  const names = Array.from({ length: count }, (_, index) => `w${index}`);
  const lines = names.map((name) => (inwards ? edge(name, "web") : edge("web", name)));
  return toModel(
    mesh(
      ["web", ...names].map((name) => node(name)),
      lines,
    ),
    { showLocks: true },
  );
}

test("on a narrow stage the flow goes down, on a wide one to the right", () => {
  expect(toDirection(phone, lab)).toBe("down");
  expect(toDirection(desk, lab)).toBe("right");
  expect(toDirection({ width: 600, height: 300 }, lab)).toBe("right");
});

test.each([true, false])("a dozen in one row would be specks on a phone: they stand below each other (called: %s)", (inwards) => {
  expect(toDirection(phone, fan(12, inwards))).toBe("right");
  expect(toDirection(phone, fan(3, inwards))).toBe("down");
});

test("two lines to the same node are one neighbour", () => {
  const lines = Array.from({ length: 12 }, (_, index) => edge("a", "b", { id: `line-${index}` }));
  expect(toDirection(phone, toModel(mesh([node("a"), node("b")], lines), { showLocks: true }))).toBe("down");
});

test("a dense picture goes down as ever: its rows are broken", () => {
  expect(toDirection(phone, fan(61, false))).toBe("down");
});
