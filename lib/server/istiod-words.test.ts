import { expect, test } from "vitest";
import { CONFIG } from "@/lib/mesh/testdata/objects";
import { toIstiodWords } from "./istiod-words";

const plane = (pods: number, ready: number, revision = "default", namespace = "istio-system") => ({ revision, namespace, pods, ready, config: CONFIG });

test.each([
  [[], "no pod of it is seen in istio-system"],
  [[plane(0, 0)], "no pod of it is seen in istio-system"],
  [[plane(1, 0)], "its only pod in istio-system is not ready"],
  [[plane(3, 0)], "none of its 3 pods in istio-system is ready"],
  [[plane(2, 1)], "1 of 2 pods of it is ready in istio-system"],
])("what its pods say, and no more (%#)", (planes, seen) => expect(toIstiodWords(planes, null)).toContain(`, and ${seen}.`));

test("of several, the one that the namespace follows is spoken of", () => {
  const planes = [plane(1, 1), plane(1, 0, "canary", "istio-canary")];
  expect(toIstiodWords(planes, "canary")).toBe(
    "istiod tells the proxies, and its only pod in istio-canary is not ready. Look with kubectl get pods -n istio-canary -l app=istiod.",
  );
  expect(toIstiodWords(planes, null)).toContain("1 of 1 pods of it is ready in istio-system");
});
