import { execFile, spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CurlRun, type CurlServers, curl, startCurlServers } from "./curl-test-servers";

/** The release decides about words; one of another line would only show that curl changed. */
const installed = /^curl (\d+\.\d+)/.exec(spawnSync("curl", ["--version"], { encoding: "utf8" }).stdout ?? "")?.[1];
const why = installed === "7.88" ? "" : ` (skipped: ${installed ? `curl ${installed} words its messages differently` : "no curl on this machine"})`;

let servers: CurlServers;
beforeAll(async () => {
  servers = await startCurlServers();
});
afterAll(() => servers.close());

function realCurl(argv: readonly string[]): Promise<CurlRun> {
  // -q as first option: no ~/.curlrc may take part. A proxy from the environment neither.
  const env = { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH, LANG: "C" };
  const words = argv.length > 0 ? ["-q", "--no-progress-meter", ...argv] : [];
  return new Promise((resolve) => {
    execFile("curl", words, { env, timeout: 10_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

/** What differs between two runs of one program: times, ports of the client, the library's patch level. */
function steady(run: CurlRun): CurlRun {
  const even = (text: string) =>
    text
      .replace(/\b\d+ ms\b/g, "<n> ms")
      .replace(/after \d+ milliseconds/g, "after <n> milliseconds")
      .replace(/OpenSSL\/[\d.]+\w?/g, "OpenSSL")
      .replace(/\d\.\d{6}/g, "<seconds>")
      // Debian's build follows the TLS records and offers HTTP/2; this one does neither.
      .replace(/^[{}] \[\d+ bytes data\]\n(?=\*|[{}>] |< HTTP)/gm, "")
      .replace(/^\* (TLSv1\.[23] \((IN|OUT)\)|old SSL session ID|\s+CA(file|path):).*\n/gm, "")
      .replace(/^[{}] \[\d+ bytes data\]\n(?=\*|[{}>] |< HTTP)/gm, "")
      .replace("offers h2,http/1.1", "offers http/1.1");
  return { exitCode: run.exitCode, stdout: even(run.stdout), stderr: even(run.stderr) };
}

/** `{name}` stands for a server of startCurlServers. */
const CASES: string[][] = [
  ["-sS", "{echo}/"],
  ["{echo}"],
  ["-sSv", "{echo}/a/../b/./c?x=1#frag"],
  ["-sSi", "{echo}/"],
  ["-sI", "{echo}/"],
  ["-sSv", "{echo}/chunked"],
  ["-sSv", "{echo}/close"],
  ["-sS", "-o", "/dev/null", "-D", "-", "{echo}/"],
  ["-sS", "-o", "/nowhere/file", "{echo}/"],
  ["-sS", "-o", "/dev/null", "{echo}/1", "{echo}/2"],
  ["-o", "/dev/null", "-o", "/dev/null", "{echo}/1"],
  ["-sS", "-f", "{echo}/status/404"],
  ["-sSvf", "{echo}/status/503"],
  ["-sS", "--fail-with-body", "{echo}/status/404"],
  ["-sSf", "{echo}/status/404", "{echo}/"],
  ["-sSL", "{echo}/x?to=/next"],
  ["-sSiL", "{echo}/x?to=/next"],
  ["-sS", "{echo}/x?to=/next"],
  ["-sSL", "--max-redirs", "2", "{echo}/x?to=%2Fx%3Fto%3D%252Fx%253Fto%253D%25252Fy"],
  ["-sSL", "--max-redirs", "1", "{echo}/x?to=%2Fx%3Fto%3D%252Fx%253Fto%253D%25252Fy"],
  ["-sSL", "-d", "a=1", "{echo}/x?to=/next"],
  ["-sSL", "-d", "a=1", "{echo}/status/307?to=/next"],
  ["-sSL", "-X", "POST", "-d", "a=1", "{echo}/x?to=/next"],
  ["-sSL", "-X", "PUT", "-d", "a=1", "{echo}/status/303?to=/next"],
  ["-sS", "-d", "a=1", "-d", "b=2", "{echo}/"],
  ["-sS", "--data-raw", "@x", "{echo}/"],
  ["-sS", "--data-urlencode", "a=b c&", "{echo}/"],
  ["-sSG", "-d", "a=1", "{echo}/?x=1"],
  ["-d", "@nothing", "{echo}/"],
  ["-I", "-d", "x", "{echo}/"],
  ["-sS", "--json", "{}", "{echo}/"],
  ["-sS", "-X", "PUT", "-d", "1", "{echo}/"],
  ["-sS", "-X", "DELETE", "{echo}/"],
  ["-sS", "-H", "Host: istioinaction.io", "-H", "X-One: 1", "-H", "Accept:", "-H", "X-Empty;", "-A", "me", "{echo}/"],
  ["-sS", "-H", "user-agent: z", "-e", "http://r/", "{echo}/"],
  ["-sS", "-H", "NoColon", "{echo}/"],
  ["-H", "@nothing", "{echo}/"],
  ["-sS", "-A", "", "{echo}/"],
  ["-sS", "-u", "a:b", "{echo}/"],
  ["-sSk", "{echo}/{a,b}[1-2]"],
  ["-sS", "{echo}/\u00e4"],
  ["-sS", "{echo}/a b"],
  ["-sSv", "{reset}/"],
  ["-sSv", "{empty}/"],
  ["-sSv", "{short}/"],
  ["-sS", "{shortChunks}/"],
  ["-sS", "{badChunks}/"],
  ["-sS", "{garbage}/"],
  ["-sSv", "{untilClose}/"],
  ["-sSi", "{untilClose}/"],
  ["-sS", "{resetInBody}/"],
  ["-sSv", "-m", "0.3", "{silent}/"],
  ["-sS", "-m", "0.3", "{stalls}/"],
  ["-sSv", "{closed}/"],
  ["-sS", "-6", "{echo}/"],
  ["-s", "{closed}/"],
  ["-sSv", "http://nohost.invalid/"],
  ["-sS", "ftp2://x/"],
  ["-sS", "http://"],
  ["-sS", ""],
  ["-sS", "http://a b/"],
  ["-sS", "http://127.0.0.1:99999/"],
  ["-sS", "--", "-x"],
  [],
  ["--nonsense", "{echo}"],
  ["--max-time=5", "{echo}"],
  ["-m"],
  ["-m", "abc", "{echo}"],
  ["-m", "-1", "{echo}"],
  ["-sS"],
  ["-", "{echo}"],
  ["--no-nonsense", "{echo}"],
  ["--retry", "0", "{echo}"],
  ["--retry", "x", "{echo}"],
  ["-sSv", "--resolve", "foo:{port echo}:127.0.0.1", "http://foo:{port echo}/"],
  ["-sS", "--resolve", "foo", "{echo}/"],
  ["-sS", "--connect-to", "foo:80:127.0.0.1:{port echo}", "http://foo/"],
  [
    "-sS",
    "-w",
    "[%{http_code}|%{response_code}|%{scheme}|%{http_version}|%{num_connects}|%{num_redirects}|%{redirect_url}|%{url_effective}|%{url}]\\n",
    "{echo}",
  ],
  [
    "-sS",
    "-w",
    "[%{size_download}|%{size_header}|%{size_request}|%{size_upload}|%{remote_ip}|%{remote_port}|%{local_ip}|%{method}|%{urlnum}|%{num_headers}]",
    "-d",
    "abc",
    "{echo}",
  ],
  ["-sS", "-w", "[%{content_type}|%header{x-a}|%header{nope}|%{exitcode}|%{errormsg}|%{ssl_verify_result}]\\t100%% \\r\\q % %{", "{echo}"],
  ["-s", "-w", "%{http_code} %{exitcode} %{errormsg} %{time_total}\\n", "-o", "/dev/null", "{reset}/"],
  ["-s", "-w", "%{http_code} %{exitcode} %{errormsg} %{scheme} %{num_connects} %{http_version} %{onerror}failed\\n", "{closed}/"],
  ["-sS", "-w", "a%{onerror}b%{stderr}c", "{echo}/"],
  ["-sS", "-w", "a%{stderr}b%{stdout}c%{unheard}d", "{echo}/"],
  ["-sSk", "{tls}/"],
  ["-sSkv", "{tls}/"],
  ["-sS", "{tls}/"],
  ["-sSv", "{tls}/"],
  ["-sSk", "-w", "%{ssl_verify_result} %{scheme} %{http_code}", "-o", "/dev/null", "{tls}/"],
  ["-sS", "--cacert", "/nowhere/ca.crt", "{tls}/"],
  ["-sS", "--cacert", "/nowhere/ca.crt", "{echo}/"],
  ["-sSk", "{mutual}/"],
  ["-sSk", "{mutual12}/"],
  ["-sSk", "https://127.0.0.1:{port echo}/"],
  ["-sSk", "https://127.0.0.1:{port reset}/"],
  ["-sSk", "https://127.0.0.1:{port empty}/"],
  ["-sSkv", "-m", "0.3", "https://127.0.0.1:{port silent}/"],
  ["-sSk", "--connect-timeout", "0.3", "https://127.0.0.1:{port silent}/"],
];

function fill(argv: readonly string[]): string[] {
  const port = (name: string) => new URL(servers.url[name] ?? "").port;
  return argv.map((word) =>
    word.replace(/\{port (\w+)\}/g, (_, name: string) => port(name)).replace(/\{(\w+)\}/g, (whole, name: string) => servers.url[name] ?? whole),
  );
}

describe.skipIf(installed !== "7.88")(`beside the real curl${why}`, () => {
  test.each(CASES.map((argv) => ({ argv, title: argv.join(" ") || "(nothing)" })))("curl $title", async ({ argv }) => {
    const words = fill(argv);
    const [here, there] = await Promise.all([curl(words), realCurl(words)]);
    expect(steady(here)).toEqual(steady(there));
  });
});
