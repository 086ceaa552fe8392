import { readdir } from "node:fs/promises";

/** A page with every picture of a folder, small, each a link to itself. */
export async function toPage(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png")).toSorted();
  const figures = names.map(
    (name) => `<figure><a href="${name}"><img src="${name}" loading="lazy" alt=""></a><figcaption>${name.slice(0, -4)}</figcaption></figure>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>Padlock: every state</title>
<style>body{font:13px system-ui;display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:16px;margin:16px}figure{margin:0}img{width:100%;border:1px solid #8888}</style>
${figures.join("\n")}
`;
}
