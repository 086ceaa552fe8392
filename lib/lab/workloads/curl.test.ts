import { afterAll, beforeAll, expect, test } from "vitest";
import { HostNotFoundError } from "../data-plane";
import { type CurlServers, connect, curl, startCurlServers } from "./curl-test-servers";

let servers: CurlServers;
const at = (name: string) => servers.url[name] ?? "";
const port = (name: string) => new URL(at(name)).port;
beforeAll(async () => {
  servers = await startCurlServers();
});
afterAll(() => servers.close());

test("a plain call writes the body alone", async () => {
  expect(await curl([`${at("echo")}/hello`])).toEqual({
    exitCode: 0,
    stdout: `GET /hello ["Host","127.0.0.1:${port("echo")}","User-Agent","curl/7.88.1","Accept","*/*"] \n`,
    stderr: "",
  });
});

// Exit codes and messages of curl 7.88, each by the way a real server ends the connection.
test.each([
  ["reset", 56, "Recv failure: Connection reset by peer"],
  ["empty", 52, "Empty reply from server"],
  ["short", 18, "transfer closed with 97 bytes remaining to read"],
  ["shortChunks", 18, "transfer closed with outstanding read data remaining"],
  ["badChunks", 56, "Illegal or missing hexadecimal sequence in chunked-encoding"],
  ["garbage", 1, "Received HTTP/0.9 when not allowed"],
  ["resetInBody", 56, "Recv failure: Connection reset by peer"],
  ["huge", 63, "Maximum file size exceeded"],
])("a server that is %s: exit %i", async (name, exitCode, message) => {
  const run = await curl(["-sS", "-o", "/dev/null", `${at(name)}/`]);
  expect(run).toEqual({ exitCode, stdout: "", stderr: `curl: (${exitCode}) ${message}\n` });
});

test.each([
  [
    "a refused connection",
    () => [`${at("closed")}/`],
    7,
    /^curl: \(7\) Failed to connect to 127\.0\.0\.1 port \d+ after \d+ ms: Couldn't connect to server\n$/,
  ],
  [
    "an address outside the lab",
    () => ["http://192.0.2.1/"],
    7,
    /^curl: \(7\) Failed to connect to 192\.0\.2\.1 port 80 after \d+ ms: Couldn't connect to server\n$/,
  ],
  ["a name nobody knows", () => ["http://nobody/"], 6, /^curl: \(6\) Could not resolve host: nobody\n$/],
  ["IPv6 only", () => ["-6", "http://foo/"], 6, /^curl: \(6\) Could not resolve host: foo\n$/],
  ["no answer in time", () => ["-m", "0.1", `${at("silent")}/`], 28, /^curl: \(28\) Operation timed out after \d{3,} milliseconds with 0 bytes received\n$/],
  [
    "half an answer in time",
    () => ["-o", "/dev/null", "-m", "0.1", `${at("stalls")}/`],
    28,
    /^curl: \(28\) Operation timed out after \d{3,} milliseconds with 3 out of 10 bytes received\n$/,
  ],
  [
    "no handshake in time",
    () => ["-k", "-m", "0.1", `https://127.0.0.1:${port("silent")}/`],
    28,
    /^curl: \(28\) Connection timed out after \d{3,} milliseconds\n$/,
  ],
  [
    "no handshake in the connect's time",
    () => ["-k", "--connect-timeout", "0.1", `https://127.0.0.1:${port("silent")}/`],
    28,
    /^curl: \(28\) SSL connection timeout\n$/,
  ],
  [
    "TLS to a plaintext port",
    () => ["-k", `https://127.0.0.1:${port("echo")}/`],
    35,
    /^curl: \(35\) OpenSSL\/[\d.]+: error:0A00010B:SSL routines::wrong version number\n$/,
  ],
  ["a reset in the handshake", () => ["-k", `https://127.0.0.1:${port("reset")}/`], 35, /^curl: \(35\) Recv failure: Connection reset by peer\n$/],
  [
    "an end in the handshake",
    () => ["-k", `https://127.0.0.1:${port("empty")}/`],
    35,
    /^curl: \(35\) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 127\.0\.0\.1:\d+ \n$/,
  ],
  [
    "a server that wants a certificate, TLS 1.3",
    () => ["-k", `${at("mutual")}/`],
    56,
    /^curl: \(56\) OpenSSL SSL_read: .*tlsv13 alert certificate required, errno 0\n$/,
  ],
  ["a server that wants a certificate, TLS 1.2", () => ["-k", `${at("mutual12")}/`], 35, /^curl: \(35\) OpenSSL\/.* alert handshake failure\n$/],
  ["a certificate nobody vouches for", () => [`${at("tls")}/`], 60, /^curl: \(60\) SSL certificate problem: self-signed certificate\nMore details here: /],
  ["a CA file that is not there", () => ["--cacert", "/etc/ca.crt", `${at("tls")}/`], 77, /^curl: \(77\) error setting certificate file: \/etc\/ca\.crt\n$/],
  ["an output file", () => ["-o", "/data/out", `${at("echo")}/`], 23, /^curl: \(23\) Failure writing output to destination\n$/],
  ["an HTTP error with -f", () => ["-f", `${at("echo")}/status/503`], 22, /^curl: \(22\) The requested URL returned error: 503\n$/],
  [
    "redirects without end",
    () => ["-L", "-o", "/dev/null", "--max-redirs", "0", `${at("echo")}/?to=/`],
    47,
    /^curl: \(47\) Maximum \(0\) redirects followed\n$/,
  ],
  ["an unreadable --resolve", () => ["--resolve", "foo", `${at("echo")}/`], 49, /^curl: \(49\) Couldn't parse CURLOPT_RESOLVE entry 'foo'\n$/],
  ["a malformed URL", () => ["http://a b/"], 3, /^curl: \(3\) URL using bad\/illegal format or missing URL\n$/],
  ["another protocol", () => ["gopher://x/"], 1, /^curl: \(1\) Protocol "gopher" not supported or disabled in libcurl\n$/],
  [
    "an unknown option",
    () => ["--nonsense", `${at("echo")}/`],
    2,
    /^curl: option --nonsense: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n$/,
  ],
  [
    "an option of the real curl alone",
    () => ["-sx", "http://proxy", `${at("echo")}/`],
    2,
    /^curl: option -x: the installed libcurl version doesn't support this\n/,
  ],
  ["no URL", () => ["-v"], 2, /^curl: no URL specified!\n/],
] as const)("%s: exit code and message", async (_, argv, exitCode, message) => {
  const run = await curl(["-sS", ...argv()]);
  expect(run.stderr).toMatch(message);
  expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: "" });
});

test("-s keeps quiet about a failure, -S speaks again", async () => {
  expect(await curl(["-s", `${at("reset")}/`])).toEqual({ exitCode: 56, stdout: "", stderr: "" });
  expect((await curl(["-sS", `${at("reset")}/`])).stderr).not.toBe("");
  expect((await curl([`${at("reset")}/`])).stderr).not.toBe("");
});

test("-w tells a refusal as the real one does", async () => {
  const run = await curl(["-s", "-o", "/dev/null", "-w", "%{http_code} %{exitcode} %{errormsg} %{time_total}\\n", "-m5", `${at("reset")}/`]);
  expect(run.stdout).toMatch(/^000 56 Recv failure: Connection reset by peer 0\.\d{6}\n$/);
});

test("-w tells addresses and times that follow one another", async () => {
  const format = "%{remote_ip}:%{remote_port} %{local_ip} %{time_connect} %{time_appconnect} %{time_starttransfer} %{time_total}";
  const run = await curl(["-sk", "-o", "/dev/null", "-w", format, `${at("tls")}/`]);
  const [remote, local, ...times] = run.stdout.split(" ");
  expect([remote, local]).toEqual([`127.0.0.1:${port("tls")}`, "127.0.0.1"]);
  const seconds = times.map(Number);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect(Math.min(...seconds)).toBeGreaterThan(0);
});

test("informational answers are skipped, and shown by -i", async () => {
  expect((await curl(["-s", `${at("echo")}/early`])).stdout).toMatch(/^GET \/early /);
  expect((await curl(["-si", `${at("echo")}/early`])).stdout).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: .*\r\n\r\nHTTP\/1\.1 200 OK\r\n/i);
});

test("every transfer makes a connection of its own", async () => {
  const ports = (await curl(["-s", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{local_port} ", `${at("echo")}/1`, `${at("echo")}/2`])).stdout
    .trim()
    .split(" ");
  expect(new Set(ports).size).toBe(2);
});

test("--resolve pins a name, --connect-to moves the connection, and neither changes the Host", async () => {
  const pinned = await curl(["-s", "--resolve", `istioinaction.io:${port("echo")}:127.0.0.1`, `http://istioinaction.io:${port("echo")}/`]);
  expect(pinned.stdout).toContain(`"Host","istioinaction.io:${port("echo")}"`);
  const moved = await curl(["-s", "--connect-to", `::127.0.0.1:${port("echo")}`, "http://istioinaction.io/"]);
  expect(moved.stdout).toContain('"Host","istioinaction.io"');
});

test("what is shown is where the program meant to go, not where a sidecar took the connection", async () => {
  const toSidecar = (_host: string, _port: number, signal: AbortSignal) => connect("foo", Number(port("reset")), signal);
  const lookUp = (host: string) => {
    if (host !== "web-api") throw new HostNotFoundError(host);
    return "10.96.0.12";
  };
  const run = await curl(["-sSv", "-w", "%{remote_ip}:%{remote_port}", "http://web-api:8080/"], { connect: toSidecar, lookUp });
  expect(run.stderr).toContain("*   Trying 10.96.0.12:8080...\n* Connected to web-api (10.96.0.12) port 8080 (#0)\n");
  expect(run).toMatchObject({ exitCode: 56, stdout: "10.96.0.12:8080" });
  const lost = await curl(["-sS", "http://nobody:8080/"], { connect: toSidecar, lookUp });
  expect(lost).toEqual({ exitCode: 6, stdout: "", stderr: "curl: (6) Could not resolve host: nobody\n" });
});

test("-V and -h answer without a URL", async () => {
  const version = await curl(["-V"]);
  expect(version).toMatchObject({ exitCode: 0, stderr: "" });
  expect(version.stdout).toMatch(/^curl 7\.88\.1 \(padlock-lab\) OpenSSL\/[\d.]+\nProtocols: http https\n/);
  expect((await curl(["--help"])).stdout).toMatch(/^Usage: curl \[options\.\.\.\] <url>\n/);
});

test("a caller that hangs up ends the run, long before the server would", async () => {
  const caller = new AbortController();
  setTimeout(() => caller.abort(), 50);
  const began = performance.now();
  const run = await curl(["-sS", `${at("silent")}/`], { signal: caller.signal });
  expect(run).toEqual({ exitCode: 143, stdout: "", stderr: "" });
  expect(performance.now() - began).toBeLessThan(4000);
});

test("a network that never answers is left when the time is up", async () => {
  const never = () => new Promise<never>(() => {});
  const run = await curl(["-sS", "--connect-timeout", "0.1", "http://foo:81/"], { connect: never });
  expect(run.exitCode).toBe(28);
  expect(run.stderr).toMatch(/^curl: \(28\) Failed to connect to foo port 81 after \d{3,} ms: Timeout was reached\n$/);
});
