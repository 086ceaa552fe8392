// For tests, with `node --import`: writes down every name that is looked up and every address that is connected to, a JSON line each.
import dns from "node:dns";
import { appendFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";

const file = process.env["SEEN_CONNECTIONS"];
const who = path.basename(process.argv[1] ?? "");
const tell = (seen) => file && appendFileSync(file, `${JSON.stringify({ who, ...seen })}\n`);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first === "object" && first !== null) {
    if (first.path === undefined || first.port !== undefined) tell({ connects: `${first.host ?? "localhost"}:${first.port}` });
  } else if (typeof first === "number") tell({ connects: `${typeof second === "string" ? second : "localhost"}:${first}` });
  return connect.apply(this, given);
};
const { lookup } = dns;
dns.lookup = (name, ...rest) => {
  tell({ looksUp: name });
  return lookup(name, ...rest);
};
