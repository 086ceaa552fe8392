/** A screen reader hears at most one change in this time, ms. */
export const QUIET_MS = 5000;

export interface Said {
  text: string;
  /** The problem that was said last while it lasts; null = none. */
  problem: string | null;
  /** Id of the piece of news that was said last. */
  newsId: number | null;
}

/**
 * What may be said aloud next: a new problem before the newest piece of news, and neither twice.
 * @returns null when there is nothing new
 */
export function toAnnouncement(problem: string | null, news: { id: number; says: string } | null, said: Said): Said | null {
  if (problem !== null && problem !== said.problem) return { ...said, text: problem, problem };
  if (news !== null && news.id !== said.newsId) return { text: news.says, problem, newsId: news.id };
  // Words that hold no longer are taken away, and are news when they hold again.
  if (problem === null && said.problem !== null) return { ...said, text: said.text === said.problem ? "" : said.text, problem: null };
  return null;
}
