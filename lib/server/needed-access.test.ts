import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Access, CHANGES, CONTROL_PLANE_READS, NOT_GRANTED, PROBES, READS } from "./needed-access";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[];
  roleRef?: { kind: string; name: string };
}
const read = (file: string) => parseAllDocuments(readFileSync(path.join(ROOT, "deploy", file), "utf8")).map((document) => document.toJS() as Manifest);
const manifests = read("rbac.yaml");

/** One line for each verb on each resource, so that two lists can be compared whatever their order. */
const toLines = (accesses: readonly Access[]) =>
  [...new Set(accesses.flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${resource}.${group}`)))].sort();
const granted = (name: string) =>
  toLines(
    (manifests.find((each) => /Role$/.test(each.kind) && each.metadata.name === name)?.rules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.map((resource) => ({ group, resource, verbs }))),
    ),
  );

test.each([
  ["padlock-reader", READS],
  ["padlock-control-plane", CONTROL_PLANE_READS],
  ["padlock-actor", CHANGES],
  ["padlock-prober", PROBES],
])("%s grants what the code asks, no more and no less", (name, needed) => expect(granted(name)).toEqual(toLines(needed)));

test("nothing is granted by wildcard, and no secret, no impersonation, no node's own API", () => {
  const rules = manifests.flatMap((each) => each.rules ?? []);
  expect(rules.length).toBeGreaterThan(8);
  for (const rule of rules) for (const each of [rule.apiGroups, rule.resources, rule.verbs]) expect(each).not.toContain("*");
  expect(toLines(rules.map(({ resources, verbs }) => ({ group: "", resource: resources.join(), verbs }))).join("\n")).not.toMatch(
    /secrets|impersonate|nodes\/|escalate|bind /,
  );
});

test("every role is bound, and to Padlock's own account alone", () => {
  const roles = manifests.filter(({ kind }) => /Role$/.test(kind)).map(({ metadata }) => metadata.name);
  expect(manifests.flatMap(({ roleRef }) => roleRef?.name ?? []).sort()).toEqual(roles.sort());
});

/** Resources that a source file names, be it in a path or in a question. */
function listNamed(): string[] {
  const named = new Set<string>();
  for (const room of ["kubernetes", "server", "probe"]) {
    for (const file of readdirSync(path.join(ROOT, "lib", room), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts") || file.includes("testdata")) continue;
      const text = readFileSync(path.join(ROOT, "lib", room, file), "utf8");
      for (const [, plural] of text.matchAll(/\b(?:plural|resource): "([a-z]+)"/g)) named.add(plural ?? "");
      for (const [, plural, sub] of text.matchAll(/\b(?:plural|resource): "([a-z]+)"[^}]*?subresource: "([a-z]+)"/g)) named.add(`${plural}/${sub}`);
      for (const [, plural] of text.matchAll(/\blist\("([a-z]+)"/g)) named.add(plural ?? "");
      if (/\/services\/.*\/proxy/.test(text)) named.add("services/proxy");
    }
  }
  return [...named];
}

test("no source file asks for a resource that is not declared", () => {
  const declared = new Set([READS, CONTROL_PLANE_READS, CHANGES, PROBES, NOT_GRANTED].flat().map(({ resource }) => resource));
  const named = listNamed();
  expect(named).toContain("pods/exec");
  expect(named.filter((resource) => !declared.has(resource) && resource !== "serviceaccounts")).toEqual([]);
});

test("the pod is confined: no root, nothing to write, no capability, and probes that do not depend on upstream", () => {
  const deployment = read("padlock.yaml").find(({ kind }) => kind === "Deployment") as unknown as {
    spec: { template: { spec: { securityContext: object; containers: Record<string, unknown>[]; terminationGracePeriodSeconds: number } } };
  };
  const { securityContext, containers, terminationGracePeriodSeconds } = deployment.spec.template.spec;
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(terminationGracePeriodSeconds).toBeGreaterThan(13);
  expect(containers[0]).toMatchObject({
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    livenessProbe: { httpGet: { path: "/healthz" } },
    readinessProbe: { httpGet: { path: "/readyz" } },
  });
});
