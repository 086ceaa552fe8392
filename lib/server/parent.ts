/** How often the parent's id is compared, ms: a process whose parent was killed is handed to another one. */
const INTERVAL = 500;

/** Calls `end` once the process that started this one is gone, however it went: its channel closes, or another process becomes the parent. */
export function endWithParent(end: () => void): void {
  const parent = process.ppid;
  process.once("disconnect", end);
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, INTERVAL).unref();
}
