import { Dashboard } from "@/components/dashboard";

export default async function Page({ searchParams }: { searchParams: Promise<Record<string, string | string[] | undefined>> }) {
  const query = new URLSearchParams(
    Object.entries(await searchParams).flatMap(([name, value]) => (typeof value === "string" ? [[name, value] satisfies [string, string]] : [])),
  );
  return <Dashboard initialQuery={query.toString()} />;
}
