import { expect, test } from "vitest";
import { predictCall, type ServerSees } from "./predict-call";
import { MATRIX, type MatrixRow } from "./testdata/matrix";
import { BARE_SLEEP, MESHED_SLEEP, rule } from "./testdata/objects";

/** The recording's own word on what the server's proxy saw. */
function toSeen({ serverLog }: MatrixRow): ServerSees {
  const [line] = serverLog;
  if (line === undefined) return "nothing";
  if (line.flags === "NR") return "no-filter-chain";
  return line.peer === null ? "plaintext" : "mutual-tls";
}

test("the matrix holds all 51 recorded rows", () => {
  expect(MATRIX).toHaveLength(51);
});

test.each(MATRIX)("as recorded: $server, $client → exit $curlExit, HTTP $httpCode", (row) => {
  const predicted = predictCall(row.planned);
  expect(predicted).toMatchObject({ curlExit: row.curlExit, httpCode: row.httpCode, serverSees: toSeen(row) });
});

test.each(MATRIX.filter(({ serverLog, httpCode }) => httpCode === 200 && serverLog.length > 0))(
  "encryption of $server, $client is what the server verified",
  (row) => {
    expect(predictCall(row.planned)?.encryption).toBe(row.serverLog[0]?.peer ? "mutual-tls" : "plaintext");
  },
);

test.each(MATRIX.filter(({ httpCode }) => httpCode !== 200))("no encryption is claimed where nothing was served: $server, $client", (row) => {
  expect(predictCall(row.planned)?.encryption).toBeNull();
});

const first = MATRIX[0]?.planned;
if (first === undefined) throw new Error("the matrix is empty");

test("nothing is predicted where the rules do not tell", () => {
  expect(predictCall({ ...first, server: { ...first.server, sidecar: "ambient" } })).toBeNull();
  expect(predictCall({ ...first, client: { ...BARE_SLEEP, sidecar: "unknown" } })).toBeNull();
  expect(
    predictCall({ ...first, client: MESHED_SLEEP, rules: [rule({ namespace: "istioinaction", name: "own", host: "web-api", tls: { mode: "MUTUAL" } })] }),
  ).toBeNull();
});

test("a TLS refusal may end in any of curl's three codes", () => {
  const strictHttps = MATRIX.find(({ server, client }) => server === "STRICT" && client === "without sidecar, https");
  expect(strictHttps && predictCall(strictHttps.planned)?.alike).toEqual([35, 56]);
});
