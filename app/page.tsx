import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { Dashboard } from "@/components/dashboard";
import { SessionProvider } from "@/components/panel/role";
import { parseConfig } from "@/lib/server/config";
import { getGate } from "@/lib/server/sign-in/gate";

export default async function Page({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const gate = getGate(parseConfig(process.env["PADLOCK_CONFIG"]));
  const session = gate.identify((await headers()).get("cookie"));
  // The edge has sent whoever has no session to the sign-in page; should it ever not have, there is nothing here.
  if (session === null) notFound();
  const query = new URLSearchParams(
    Object.entries(await searchParams).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] satisfies [string, string]] : [])),
  );
  return (
    <SessionProvider session={{ role: session.role, signIn: gate.signIn }}>
      <Dashboard initialQuery={query.toString()} />
    </SessionProvider>
  );
}
