import { z } from "zod";
import { type KubernetesConnection, MAX_LIST_BYTES } from "./connect";
import { AnswerTooLargeError, BadAnswerError } from "./errors";
import { withQuery } from "./paths";

const listShape = z.object({
  metadata: z.object({ resourceVersion: z.string().min(1), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullable(),
});

/** Objects asked for at once; fewer when they are so large that the answer would pass its cap. */
export const PAGE = 500;
const LEAST_PAGE = 10;
/** A collection beyond this is none that a page could show. */
const MAX_OBJECTS = 50_000;

interface ListRequest {
  /** Path of the collection, without paging. */
  path: string;
  signal: AbortSignal;
  /** Takes one page's objects; they are not kept after it returns. */
  onPage(objects: readonly unknown[]): void;
}

/**
 * Reads a collection page by page, so that never more than one page of it is held as the server sent it.
 * @returns the resourceVersion to watch from
 * @throws GoneError when the server forgot the list on the way, BadAnswerError, and the other errors of a request
 */
export async function readPages(connection: KubernetesConnection, { path, signal, onPage }: ListRequest): Promise<string> {
  let size = PAGE;
  let next: string | undefined;
  for (let read = 0; read < MAX_OBJECTS; ) {
    const pagePath = withQuery(path, { limit: size, continue: next });
    let answer: unknown;
    try {
      answer = await connection.request({ path: pagePath, signal, maxBytes: MAX_LIST_BYTES });
    } catch (error) {
      if (!(error instanceof AnswerTooLargeError) || size <= LEAST_PAGE) throw error;
      size = Math.max(LEAST_PAGE, Math.floor(size / 2));
      continue;
    }
    const page = listShape.safeParse(answer);
    if (!page.success) throw new BadAnswerError("GET", pagePath, "it is not a list", { cause: page.error });
    const items = page.data.items ?? [];
    onPage(items);
    read += items.length;
    next = page.data.metadata.continue || undefined;
    if (next === undefined) return page.data.metadata.resourceVersion;
    // A server that sends empty pages for ever must not be followed for ever.
    if (items.length === 0) read += LEAST_PAGE;
  }
  throw new BadAnswerError("GET", path, `it has more than ${MAX_OBJECTS} objects`);
}
