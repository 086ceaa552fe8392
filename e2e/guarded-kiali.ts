import { readRecording, sendRecording } from "@/lib/kiali/recorded-kiali";
import { type FaultProxy, startFaultProxy } from "@/lib/kiali/testdata/fault-proxy";

/** The one token that opens the door. */
export const TOKEN = "eyJhbGciOiJSUzI1NiJ9.the-account-of-kiali.signature";

export interface GuardedKiali {
  url: string;
  /** Whether the Prometheus behind it answers. */
  prometheus: "up" | "down";
  stop(): Promise<void>;
}

/** The lab's Kiali behind a door that wants a login with a token, in the answers of a real Kiali that does. */
export async function startGuardedKiali(target: string): Promise<GuardedKiali> {
  const proxy: FaultProxy = await startFaultProxy(target);
  const kiali: GuardedKiali = { url: proxy.url, prometheus: "up", stop: proxy.stop };
  proxy.fault = (request, response, url) => {
    const answer = (name: string) => {
      sendRecording(response, readRecording("kiali-main", name));
      return true;
    };
    const isIn = (request.headers.cookie ?? "").includes("kiali-token-Kubernetes=in");
    if (url.pathname.endsWith("/api/auth/info")) return answer(isIn ? "token-auth-info-logged-in" : "auth-info-token");
    if (url.pathname.endsWith("/api/authenticate")) {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        if (new URLSearchParams(body).get("token") !== TOKEN) return answer("token-wrong");
        response.appendHeader("Set-Cookie", "kiali-token-Kubernetes=in; Path=/kiali; HttpOnly");
        response.end(JSON.stringify({ expiresOn: "2030-01-01T00:00:00Z", username: "kiali" }));
      });
      return true;
    }
    if (!isIn && url.pathname.includes("/api/")) return answer("token-no-login");
    if (kiali.prometheus === "down" && url.pathname.endsWith("/api/namespaces/graph")) return answer("graph-prometheus-down");
    return false;
  };
  return kiali;
}
