/** How often the parent's process id is looked at, ms. */
const POLL = 500;

/**
 * Calls back once when the process that started this one is gone: its IPC channel closed, or this process was handed to another parent
 * (which is all that is left to see after a kill -9 of a parent without channel).
 * @returns a function that stops watching
 */
export function onParentGone(callback: () => void): () => void {
  const parent = process.ppid;
  const stop = () => {
    clearInterval(timer);
    process.off("disconnect", gone);
  };
  const gone = () => {
    stop();
    callback();
  };
  const timer = setInterval(() => process.ppid !== parent && gone(), POLL);
  timer.unref();
  if (process.channel) process.once("disconnect", gone);
  return stop;
}
