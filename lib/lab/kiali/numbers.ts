/**
 * Go's `%.*f`: like toFixed, but a tie goes to the even digit (0.125 → 0.12). Kiali's rates are rounded to thousandths, so ties occur.
 * @param digits at most 5
 */
export function toGoFixed(value: number, digits: number): string {
  // A tie has few binary digits, so its decimal expansion ends well within these.
  const exact = value.toFixed(digits + 60);
  const cut = exact.length - 60;
  const head = exact.slice(0, cut).replace(/\.$/, "");
  const isTie = /^50*$/.test(exact.slice(cut));
  const isEven = Number(head.at(-1)) % 2 === 0;
  return isTie && isEven ? head : value.toFixed(digits);
}

/** A rate as Kiali prints it: two decimals, more (to five) until the first digit shows. */
export function toRateText(value: number): string {
  let digits = 0;
  for (let rest = value; rest > 0 && rest < 1 && digits < 5; rest *= 10) digits++;
  return toGoFixed(value, Math.max(2, digits));
}

/** A percentage with one decimal. */
export const toPercentText = (part: number, whole: number): string => toGoFixed((part / whole) * 100, 1);
