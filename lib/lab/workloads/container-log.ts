import type { PodLogOptions } from "../data-plane";

interface LogLine {
  time: number;
  text: string | (() => string);
}

/** The last lines a container wrote, in a bounded ring, with those who follow it. */
export class ContainerLog {
  readonly #capacity: number;
  readonly #lines: LogLine[] = [];
  /** Where the oldest line is once the ring is full. */
  #oldest = 0;
  readonly #followers = new Set<(line: string) => void>();

  constructor(capacity = 2_000) {
    this.#capacity = capacity;
  }

  /** @param text a function when making the text costs something: most lines are overwritten before anybody reads them */
  append(text: string | (() => string)): void {
    const line: LogLine = { time: Date.now(), text };
    if (this.#lines.length < this.#capacity) this.#lines.push(line);
    else {
      this.#lines[this.#oldest] = line;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
    }
    if (this.#followers.size > 0) for (const follower of this.#followers) follower(textOf(line));
  }

  /** Lines as `kubectl logs` gives them, oldest first. */
  read({ tailLines, sinceSeconds, sinceTime, timestamps, limitBytes }: PodLogOptions = {}): string[] {
    const since = sinceTime !== undefined ? Date.parse(sinceTime) : sinceSeconds !== undefined ? Date.now() - sinceSeconds * 1000 : Number.NEGATIVE_INFINITY;
    let lines = [...this.#lines.slice(this.#oldest), ...this.#lines.slice(0, this.#oldest)].filter(({ time }) => time >= since);
    if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines);
    const texts = lines.map((line) => (timestamps ? `${new Date(line.time).toISOString()} ${textOf(line)}` : textOf(line)));
    return limitBytes === undefined ? texts : cutAt(texts, limitBytes);
  }

  /** @returns a function that stops following */
  follow(line: (text: string) => void): () => void {
    this.#followers.add(line);
    return () => this.#followers.delete(line);
  }
}

function textOf({ text }: LogLine): string {
  return typeof text === "string" ? text : text();
}

/** Cuts where the bytes, line ends counted, are used up; the last line may be a part. */
function cutAt(texts: readonly string[], limitBytes: number): string[] {
  const kept: string[] = [];
  let left = limitBytes;
  for (const text of texts) {
    if (left <= 0) break;
    const bytes = Buffer.from(text);
    kept.push(bytes.length <= left ? text : bytes.subarray(0, left).toString());
    left -= bytes.length + 1;
  }
  return kept;
}
