/** What is the same in every command, or only quiets a tool: it is needed to work and not to understand. */
const NOISE = [
  / --kubeconfig ('[^']*'|\S+)/g,
  / --context ('[^']*'|\S+)/g,
  / --cacert ('[^']*'|\S+)/g,
  / -c ('[^']*'|\S+)(?= -- )/g,
  / -o \/dev\/null/g,
  / -w ('[^']*'|\S+)/g,
  / -sS?(?= )/g,
  / -m \d+/g,
];

/** The part of a command that matters, in one line; what is copied is always the whole. */
export function toShortCommand(command: string): string {
  const [first = "", ...rest] = command.split("\n");
  let short = first;
  for (const noise of NOISE) short = short.replace(noise, "");
  if (!/<<'?EOF'?$/.test(first)) return short;
  // Of a document the last line is what it is sent for: `mode: STRICT`.
  const said = rest.findLast((line) => line.trim() !== "" && line !== "EOF")?.trim() ?? "…";
  return short.replace(/ -f - <<'?EOF'?$/, ` … ${said}`);
}

/** The lab's loop with another number of calls. */
export function toCallsCommand(command: string, count: number): string {
  return command.replace(/\$\(seq \d+\)/, `$(seq ${count})`);
}

/**
 * The three callers at once, each second, as "Keep sending" does.
 * @param calls the lab's loop through the gateway; `probes` the single calls from the pods; what is not there is left out
 * @returns null when there is nobody to call
 */
export function toKeepSendingCommand(calls: string, probes: readonly (string | null)[], seconds: number): string | null {
  const each = [calls === "" ? null : toCallsCommand(calls, 1), ...probes].filter((command) => command !== null);
  return each.length === 0 ? null : `for s in $(seq ${seconds}); do ${each.map((command) => `(${command}) &`).join(" ")} sleep 1; done; wait`;
}
