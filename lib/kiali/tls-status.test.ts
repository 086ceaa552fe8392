import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectKiali, type KialiConnection } from "./connect";
import { type RecordedKiali, readRecording, sendRecording, startRecordedKiali } from "./recorded-kiali";
import { getMeshTlsStatus, getNamespaceTlsStatus, listNamespaceTlsStatuses } from "./tls-status";

let kiali: RecordedKiali;
let connection: KialiConnection;
beforeEach(async () => {
  kiali = await startRecordedKiali("kiali-main");
  connection = await connectKiali({ url: kiali.url });
});
afterEach(async () => {
  await connection.close();
  await kiali.close();
});

const answerWith = (body: unknown) => {
  kiali.intercept = (_request, response) => {
    response.end(JSON.stringify(body));
    return true;
  };
};

describe("every recorded word is known", () => {
  const names = readdirSync(new URL("testdata/kiali-main", import.meta.url)).filter((name) => /^(mesh|ns)-tls-/.test(name));
  test.each(names.map((name) => name.replace(".json", "")))("%s", async (name) => {
    const recording = readRecording("kiali-main", name);
    kiali.intercept = (_request, response) => {
      sendRecording(response, recording);
      return true;
    };
    const recorded = recording.response.body as { status: string };
    const status = name.startsWith("mesh") ? await getMeshTlsStatus(connection) : await getNamespaceTlsStatus(connection, "istioinaction");
    expect(status).toMatchObject({ word: recorded.status, autoMtls: true });
  });
});

test("all namespaces in one request, where Kiali can", async () => {
  const statuses = await listNamespaceTlsStatuses(connection, ["istioinaction", "istio-system", "nowhere"]);
  expect(statuses).toEqual([
    { namespace: "istio-system", cluster: "Kubernetes", word: "MTLS_NOT_ENABLED", says: expect.any(String), autoMtls: true, minTls: null },
    { namespace: "istioinaction", cluster: "Kubernetes", word: "UNSET", says: expect.any(String), autoMtls: true, minTls: null },
  ]);
});

test("a word of the future is repeated, not guessed", async () => {
  answerWith({ status: "MTLS_QUANTUM", autoMTLSEnabled: "yes", minTLS: "N/A" });
  expect(await getMeshTlsStatus(connection)).toEqual({
    word: null,
    says: "Kiali says MTLS_QUANTUM, a word Padlock does not know",
    autoMtls: null,
    minTls: null,
  });
});

test.each([{ status: "constructor" }, { status: "__proto__" }])("%j is no word", async (body) => {
  answerWith(body);
  expect(await getMeshTlsStatus(connection)).toMatchObject({ word: null });
});

test.each([null, [], {}, { status: 7 }, "MTLS_ENABLED"])("%j is a bad answer", async (body) => {
  answerWith(body);
  await expect(getMeshTlsStatus(connection)).rejects.toMatchObject({ name: "KialiBadAnswer" });
});

test("the revision is sent only when there is one", async () => {
  await getMeshTlsStatus(connection, { revision: "canary" });
  expect(kiali.requests.at(-1)?.url.search).toBe("?revision=canary");
  await getMeshTlsStatus(connection);
  expect(kiali.requests.at(-1)?.url.search).toBe("");
});
