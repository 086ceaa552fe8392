import type { ModelNode } from "./model";
import type { Scene } from "./scene";
import { escapeXml, tag } from "./svg-text";

/** One node as on the overlay: box, bar, names; a group's two more sheets. */
export function toNodeSvg({ rects, palette, metrics, stale }: Scene, node: ModelNode): string {
  const rect = rects.get(node.key);
  if (!rect) return "";
  const isClient = node.look === "client";
  const isDashed = node.look === "bare" || node.look === "unidentified";
  const box = {
    x: rect.x - rect.width / 2,
    y: rect.y - rect.height / 2,
    width: rect.width,
    height: rect.height,
    rx: isClient ? rect.height / 2 : metrics.radius,
    fill: palette.surface,
    stroke: node.look === "bare" && !stale ? palette.plain : node.idle || isClient || node.look === "unidentified" ? palette.idle : palette.border,
    "stroke-width": metrics.border,
    "stroke-dasharray": isDashed ? `${metrics.border * 3.75} ${metrics.border * 3.1}` : undefined,
  };
  const sheets =
    node.look === "group"
      ? [2, 1].map((sheet) => tag("rect", { ...box, x: box.x + sheet * 2.5 * metrics.border, y: box.y + sheet * 2.5 * metrics.border }))
      : [];
  return [...sheets, tag("rect", box), toBar(node, box, { metrics, palette, stale }), toNames(node, rect, { metrics, palette })].join("");
}

function toBar(
  node: ModelNode,
  { x, y, height }: { x: number; y: number; height: number },
  { metrics: { bar }, palette, stale }: Pick<Scene, "metrics" | "palette" | "stale">,
): string {
  if (node.look !== "meshed" && node.look !== "ambient") return "";
  const colour = stale ? palette.unknown : palette.mtls;
  const paint = node.look === "meshed" ? { fill: colour } : { fill: "none", stroke: colour, "stroke-width": bar.width / 4 };
  return tag("rect", { x: x + bar.x, y: y + bar.inset, width: bar.width, height: height - 2 * bar.inset, rx: bar.width / 2, ...paint });
}

function toNames(node: ModelNode, { x, y, width }: { x: number; y: number; width: number }, { metrics, palette }: Pick<Scene, "metrics" | "palette">): string {
  const { title, subtitle } = metrics;
  if (node.look === "client") {
    const at = { x, y: y + title.size * 0.35, "text-anchor": "middle" };
    return tag("text", { ...at, "font-size": title.size, "font-weight": title.weight, fill: palette.ink }, escapeXml(node.title));
  }
  const left = x - width / 2 + metrics.textLeft;
  const first = node.subtitle === "" ? y + title.size * 0.35 : y + metrics.titleY;
  const name = tag(
    "text",
    { x: left, y: first, "font-size": title.size, "font-weight": title.weight, fill: palette.ink, direction: "ltr" },
    escapeXml(node.title),
  );
  if (node.subtitle === "") return name;
  return name + tag("text", { x: left, y: y + metrics.subtitleY, "font-size": subtitle.size, fill: palette.muted, direction: "ltr" }, escapeXml(node.subtitle));
}
