import { startPadlock } from "./padlock";

/** One Padlock for all specs that need no life of their own. */
export default async function setup(): Promise<() => Promise<void>> {
  const padlock = await startPadlock(4680);
  process.env["PADLOCK_URL"] = padlock.url;
  process.env["PADLOCK_LAB"] = padlock.lab;
  return padlock.end;
}
