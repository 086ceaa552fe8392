/**
 * A controller's work queue: keys of things to bring in line, each handled once however often it was added meanwhile, one after the other.
 * A handler that fails is tried again after a while.
 */
export class WorkQueue {
  readonly #pending = new Set<string>();
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #handle: (key: string) => Promise<void>;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(handle: (key: string) => Promise<void>) {
    this.#handle = handle;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#pending.add(key);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pending.clear();
    for (const timer of this.#retries) clearTimeout(timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    // The event that added the key is still being delivered; what a handler writes must come after it.
    await new Promise((resume) => setImmediate(resume));
    for (let [key] = this.#pending; key !== undefined; [key] = this.#pending) {
      this.#pending.delete(key);
      try {
        await this.#handle(key);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
        this.#retryLater(key);
      }
    }
    this.#running = undefined;
  }

  #retryLater(key: string): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.add(key);
    }, 1_000);
    timer.unref();
    this.#retries.add(timer);
  }
}
