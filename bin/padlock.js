#!/usr/bin/env node
// The entry of `npm start`: plain JavaScript, because it must run on a Node too old for the rest and say so in one sentence.
const needed = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`Padlock needs Node ${needed.join(".")} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

const { buildIfChanged } = await import("./build.js");
const launcher = await buildIfChanged();
const { launch } = await import(launcher);
await launch(process.argv.slice(2));
