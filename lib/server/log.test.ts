import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logLine } from "./log";
import { hideSecret, redact } from "./redact";

let written = "";
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  globalThis.padlockSecrets = undefined;
});

describe("B43: what others wrote stays inside its line", () => {
  test.each([
    ["a line of its own", 'x\n{"level":"info","event":"forged"}'],
    ["CR and LF", "x\r\ny"],
    ["a terminal's code", "\u001b[2J\u001b[31mred"],
    ["a terminal's code of eight bits", "\u009b31mred"],
    ["text that turns round", "abc\u202egpj.exe"],
    ["line separators of Unicode", "a\u2028b\u2029c"],
    ["no width at all", "ad\u200bmin\ufeff"],
  ])("%s", (_, text) => {
    logLine("info", { event: "audit", object: { [text]: text }, error: new Error(text, { cause: new Error(text) }) });
    expect(written.endsWith("\n")).toBe(true);
    expect(written.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const line = JSON.parse(written);
    expect(line.event).toBe("audit");
    expect(line.object[text]).toBe(text);
  });
});

describe("secrets", () => {
  test.each([
    ["a JSON web token", "no: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJ"],
    ["a bearer header", "authorization: Bearer abc123def456", "abc123"],
    ["a basic header", "authorization: Basic amFuZTpzZWNyZXQ=", "amFuZTp"],
    ["a kubeconfig's key", 'client-key-data: "LS0tLS1CRUdJTg=="', "LS0tLS1"],
    ["a refresh token", '{"refresh-token":"r3fr3sh-me"}', "r3fr3sh"],
    ["a private key", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----", "MHcCAQEE"],
    ["a key that was cut off", "-----BEGIN PRIVATE KEY-----\nMHcCAQEE", "MHcCAQEE"],
    ["a proxy's login", "no answer from http://me:pass%20word@proxy.example:3128", "pass%20word"],
  ])("%s is known by its shape", (_, text, secret) => {
    logLine("error", { error: new Error(text) });
    expect(written).toContain("[redacted]");
    expect(written).not.toContain(secret);
  });

  test.each([["opaque-token-1234"], ['with "quotes" and \\ more'], ["per%cent/and+plus=="], ["grüße-aus-köln"]])(
    "%s is known by its value, in each form it may take",
    (secret) => {
      hideSecret(secret);
      const told = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
      logLine("warn", { says: `upstream said: ${told.join(" and ")}`, nested: { error: new Error(secret) } });
      for (const form of [...told, JSON.stringify(secret).slice(1, -1)]) expect(written).not.toContain(form);
      expect(redact(`x ${secret} y`)).toBe("x [redacted] y");
    },
  );

  test("a word is no secret, and a new token does not bring an old one back", () => {
    hideSecret("admin");
    expect(redact("the user admin")).toBe("the user admin");
    for (let rotation = 0; rotation < 30; rotation++) hideSecret(`rotated-token-${rotation}`);
    expect(redact("rotated-token-0 rotated-token-29")).toBe("[redacted] [redacted]");
  });
});

test("an error is told with its causes, shortened, and without its fields", () => {
  const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { headers: { authorization: "x" } });
  logLine("error", { requestId: "1", error });
  expect(JSON.parse(written)).toMatchObject({ level: "error", requestId: "1", error: { name: "Error", message: "outer", cause: { message: "inner" } } });
  expect(written).not.toContain("headers");
});
