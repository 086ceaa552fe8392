import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createLabNetwork, type LabNetwork } from "./lab-network";

async function network(options: Parameters<typeof createLabNetwork>[0]): Promise<LabNetwork> {
  const created = await createLabNetwork(options);
  onTestFinished(() => created.close());
  return created;
}

/** Answers with the caller's address. */
function mirror(lab: LabNetwork): Server {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(lab.callerOf(socket).host));
  });
}

async function ask(lab: LabNetwork, target: { host: string; port: number }, source: string): Promise<string> {
  const socket = await lab.dial(target, { source });
  socket.write("?");
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

test("two labs of one seed live side by side", async () => {
  const first = await network({ seed: "side by side" });
  const second = await network({ seed: "side by side" });
  expect(first.prefix).not.toBe(second.prefix);
  await first.close();
  const again = await network({ seed: "side by side" });
  expect(again.prefix).toBe(first.prefix);
});

test("a server sees the pod's own address", async () => {
  const lab = await network({ seed: "own address" });
  const [server, client] = [lab.allocate(), lab.allocate()];
  const listening = await lab.listen(mirror(lab), { host: server, port: 8080 });
  expect(listening).toMatchObject({ moved: false, real: { host: server, port: 8080 } });
  expect(await ask(lab, listening.wished, client)).toBe(client);
});

test("a port that another program holds on every address moves, and the lab still finds it", async () => {
  const holder = createServer();
  onTestFinished(() => void holder.close());
  const port = await new Promise<number>((resolve) => holder.listen({ host: "0.0.0.0", port: 0 }, () => resolve((holder.address() as { port: number }).port)));
  const lab = await network({ seed: "held port" });
  const address = lab.allocate();
  const listening = await lab.listen(mirror(lab), { host: address, port });
  expect(listening.moved).toBe(true);
  expect(listening.real.host).toBe(address);
  expect(listening.real.port).not.toBe(port);
  expect(await ask(lab, { host: address, port }, lab.allocate())).toContain(lab.prefix);
});

test("with 127.0.0.1 alone every listener has a free port of it, and callers keep their own addresses", async () => {
  const lab = await network({ seed: "single", singleAddress: true });
  const [server, client] = [lab.allocate(), lab.allocate()];
  const listening = await lab.listen(mirror(lab), { host: server, port: 8080 });
  expect(listening).toMatchObject({ moved: true, real: { host: "127.0.0.1" } });
  expect(await ask(lab, { host: server, port: 8080 }, client)).toBe(client);
});

test("nothing but the lab is dialled", async () => {
  const single = await network({ seed: "closed", singleAddress: true });
  await expect(single.dial({ host: "127.0.0.1", port: 22 }, { source: single.allocate() })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  const lab = await network({ seed: "closed" });
  await expect(lab.dial({ host: "127.0.0.1", port: 22 }, { source: lab.allocate() })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await expect(lab.dial({ host: lab.allocate(), port: 8080 }, { source: lab.allocate() })).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("addresses are handed out once and come back", async () => {
  const lab = await network({ seed: "addresses" });
  const all = Array.from({ length: 240 }, () => lab.allocate());
  expect(new Set(all).size).toBe(240);
  expect(() => lab.allocate()).toThrow("in use");
  lab.release(all[5] ?? "");
  expect(lab.allocate()).toBe(all[5]);
});
