import { expect, test } from "vitest";
import { toExplanation, toExplanations } from "./explain";
import { toFolded, toUnfolded } from "./groups";
import { edge, labEdges, labMesh, labNodes, lock, mesh } from "./testdata/lab";

test("every element is told, nodes before edges, up to a limit", () => {
  expect(toExplanations(toUnfolded(labMesh()), 200).map((item) => item.kind)).toEqual([...Array(7).fill("node"), ...Array(6).fill("edge")]);
  expect(toExplanations(toUnfolded(labMesh()), 9)).toHaveLength(9);
});

test("a lock that is not closed says why, what would change it, and who says so", () => {
  const open = edge("naked", "web-api", {
    lock: lock("plaintext", {
      reason: { code: "caller-without-sidecar", text: "sleep has no sidecar.", fix: "Give it one." },
      evidence: [{ mark: "observed", source: "Kiali, from Prometheus", at: 1_700_000_000_000, windowSeconds: 60, says: "No request used mutual TLS." }],
    }),
  });
  const told = toExplanation(toUnfolded(mesh(labNodes(), [open])), "e:naked>web-api");
  expect(told).toMatchObject({ id: "naked>web-api", state: "plaintext", title: "sleep, default · no sidecar → web-api, v1" });
  expect(told?.lines).toContain("sleep has no sidecar.");
  expect(told?.lines).toContain("Give it one.");
  expect(told?.lines.at(-1)).toMatch(/^No request used mutual TLS\. \(Kiali, from Prometheus, .+, last 60 s\)$/);
});

test("ordinary TLS has no lock to speak of", () => {
  expect(toExplanation(toUnfolded(labMesh()), "e:you>gateway")).toMatchObject({ state: null });
});

test("a refusal is counted and is no HTTP error", () => {
  const refused = edge("naked", "web-api", {
    health: { rate: 0, errorPercent: null, codes: {} },
    lock: lock("refused", { refused: 4 }),
    own: { served: 0, failed: 0, refused: 4, lastAt: 1_700_000_000_000, lastServedAt: null, lastRefusedAt: 1_700_000_000_000 },
  });
  const told = toExplanation(toUnfolded(mesh(labNodes(), [refused])), "e:naked>web-api");
  expect(told?.state).toBe("refused ×4");
  expect(told?.lines.join(" ")).toMatch(/4 of our own calls refused, last at \d\d:\d\d:\d\d:/);
});

test("what is gone or leads nowhere is not told", () => {
  expect(toExplanation(toUnfolded(labMesh()), "n:gone")).toBeNull();
  expect(toExplanations(toUnfolded(mesh(labNodes(), [...labEdges(), edge("web-api", "nowhere")])), 200)).toHaveLength(13);
});

test("hostile names are shown, not obeyed", () => {
  const nodes = labNodes().map((item) => (item.id === "web-api" ? { ...item, title: "\u202eipa-bew" } : item));
  expect(toExplanation(toUnfolded(mesh(nodes, [])), "n:web-api")?.title).toBe("\\u{202e}ipa-bew, v1");
});

test("a group says what it holds and how to open it, a bundle what its lines are", () => {
  const more = edge("gateway", "recommendation", { lock: lock("plaintext") });
  const folded = toFolded(mesh(labNodes(), [...labEdges(), more]), "on", []);
  expect(toExplanation(folded, "n:group|istioinaction")).toMatchObject({ state: "mutual TLS", title: "istioinaction, 4 workloads" });
  expect(toExplanation(folded, "n:group|istioinaction")?.lines[0]).toBe("3 mutual TLS, 1 idle. Press it to unfold it.");
  const [bundle] = [...folded.bundles.keys()];
  expect(toExplanation(folded, `e:${bundle}`)?.lines[0]).toBe("Several lines as one, the worst lock of them: 1 plaintext, 1 mutual TLS.");
});
