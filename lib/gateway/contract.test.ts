import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "@/lib/lab/lab";
import { openGatewayClient } from "./call";
import { type GatewayCheck, verifyGateway } from "./find-address";
import { startLoad } from "./load";

/** The same calls as elsewhere on test servers, here through the embedded lab's gateway, as the lab's curl makes them. */
let lab: Lab;
let directory: string;
let check: GatewayCheck;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "padlock-gateway-contract-"));
  lab = await startLab({ directory, scenario: fileURLToPath(new URL("../lab/scenarios/istioinaction.yaml", import.meta.url)) });
  check = { serverName: "istioinaction.io", host: "istioinaction.io", ca: await readFile(lab.gateway.caFile, "utf8") };
});
afterAll(async () => {
  await lab.close();
  await rm(directory, { recursive: true, force: true });
});

const candidate = () => ({ address: lab.gateway.ip, port: lab.gateway.port, from: "setting" }) as const;

test("it is verified; an unknown Host has no route; a wrong server name is refused", async () => {
  expect(await verifyGateway(candidate(), check)).toMatchObject({ ok: true, httpCode: 200 });
  expect(await verifyGateway(candidate(), { ...check, host: "other.io" })).toMatchObject({ ok: false, failure: "no-route", httpCode: 404 });
  expect(await verifyGateway(candidate(), { ...check, serverName: "other.io" })).toMatchObject({ ok: false, httpCode: null });
});

test("ten calls tell the whole path", async () => {
  const client = await openGatewayClient({ ...check, address: lab.gateway.ip, port: lab.gateway.port }, { connection: "new" });
  const bodies: string[] = [];
  const load = startLoad({
    rate: 20,
    count: 10,
    connections: 5,
    limits: { ratePerSecond: 200, connections: 50, seconds: 300, requests: 60_000 },
    call: (start) => client.call(start),
    onResult: ({ body }) => bodies.push(body),
  });
  expect(await load.done).toMatchObject({ end: "finished", outcomes: { served: 10 } });
  client.close();
  expect(JSON.parse(bodies[0] ?? "")).toMatchObject({
    name: "web-api",
    code: 200,
    upstream_calls: [{ name: "recommendation", upstream_calls: [{ name: "purchase-history-v1" }] }],
  });
});
