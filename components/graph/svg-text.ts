/** Pieces of an SVG document. Every text and attribute goes through here, so that no name from a cluster is ever markup. */

/** What XML 1.0 cannot hold at all, escaped or not: control characters but tab and line ends, lone surrogates, and two that are no characters. */
const FORBIDDEN = /[\p{Cs}\ufffe\uffff]|(?![\t\n\r])\p{Cc}/gu;

export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;").replace(/'/g, "&#39;");
}

/** One element; numbers are rounded to hundredths, undefined attributes are left out. */
export function tag(name: string, attributes: Record<string, string | number | undefined>, content?: string): string {
  const list = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === "number" ? number(value) : escapeXml(value)}"`],
  );
  return content === undefined ? `<${name}${list.join("")}/>` : `<${name}${list.join("")}>${content}</${name}>`;
}

/** A figure for an attribute; what is no number is 0, since one bad figure would void the document. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : "0";
}
