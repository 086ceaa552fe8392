import type { View } from "@/lib/api/requests";
import { toEventStream } from "@/lib/stream/event-stream";
import { ApiError } from "./api-error";
import type { Presence } from "./presence";
import type { Session } from "./sign-in/sessions";
import type { Views } from "./views";

/** All streams of the process, and of one page. */
const STREAMS = 500;
const STREAMS_PER_PAGE = 4;

/** The streams that pages follow, counted, so that neither one page nor all of them together hold more than there is. */
export function createStreams({ views, presence }: { views: Pick<Views, "subscribe">; presence: Presence }) {
  let count = 0;
  return {
    get count() {
      return count;
    },
    /**
     * The stream ends with the request or the session, whichever goes first.
     * @throws ApiError source-unavailable, too-many
     */
    open(view: View, page: string, signal: AbortSignal, session: Session): Response {
      if (count >= STREAMS) throw new ApiError("source-unavailable", "Too many pages follow Padlock already.", { retryAfter: 10 });
      const release = session.hold();
      if (presence.streamOpened(page) >= STREAMS_PER_PAGE) {
        presence.streamClosed(page);
        release();
        throw new ApiError("too-many", "This page has its streams already.", { retryAfter: 5 });
      }
      count += 1;
      return toEventStream(views.subscribe(view), {
        signal: AbortSignal.any([signal, session.ended]),
        onClose() {
          count -= 1;
          release();
          presence.streamClosed(page);
        },
      });
    },
  };
}
