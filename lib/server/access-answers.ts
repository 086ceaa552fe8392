import type { KubernetesConnection } from "@/lib/kubernetes/connect";
import { type AccessQuestion, reviewAccess, reviewSelf } from "@/lib/kubernetes/reviews";

/** Rights change seldom: an answer is asked for again after so long, ms, while somebody still looks. */
export const ASK_AGAIN_MS = 3 * 60_000;
/** After a failed question, ms. */
const RETRY_MS = 10_000;
/** Under way at once; a page needs about a dozen answers. */
const AT_ONCE = 4;
/** Answers kept: about twenty namespaces' worth. The ones that nobody asked for longest go first. */
const KEPT = 300;

interface Answer {
  /** null = not known yet. */
  allowed: boolean | null;
  askedAt: number;
  failed: boolean;
}

/** What the API server answered to "may this user do that?", asked anew when it may have changed. */
export interface AccessAnswers {
  /** The last answer; null while there is none. Asking it here also has it asked of the server when it is missing or old. */
  isAllowed(question: AccessQuestion): boolean | null;
  /** The user as the API server knows it; null until it said, and from servers that cannot say (before Kubernetes 1.28). */
  readonly user: string | null;
  /** A command was refused: whatever was known of rights may be old. */
  refused(): void;
  close(): void;
}

/** @param onChange an answer differs from the one before */
export function createAccessAnswers(connection: KubernetesConnection, onChange: () => void): AccessAnswers {
  const answers = new Map<string, Answer>();
  const waiting = new Map<string, AccessQuestion>();
  const closing = new AbortController();
  const underWay = new Set<string>();
  let user: string | null = null;
  let userAskedAt = 0;
  let askingUser = false;
  /** Answers from before are old: a 403 came, or another user's credentials were read. */
  let oldBefore = 0;

  const isDue = (asked: { askedAt: number; failed: boolean }) => {
    const since = Math.max(oldBefore, connection.credentialsReadAt);
    return asked.askedAt <= since || Date.now() - asked.askedAt > (asked.failed ? RETRY_MS : ASK_AGAIN_MS);
  };

  const ask = async (key: string, question: AccessQuestion) => {
    const askedAt = Date.now();
    const before = answers.get(key)?.allowed ?? null;
    try {
      const { allowed } = await reviewAccess(connection, question, closing.signal);
      answers.set(key, { allowed, askedAt, failed: false });
      if (allowed !== before) onChange();
    } catch {
      // The source's own state says why the API server does not answer; the last answer stands until it does.
      answers.set(key, { allowed: before, askedAt, failed: true });
    }
  };

  const work = () => {
    // While the server is away the watches look for it; questions wait.
    while (underWay.size < AT_ONCE && connection.gate.open && !closing.signal.aborted) {
      const next = waiting.entries().next().value;
      if (next === undefined) return;
      const [key, question] = next;
      waiting.delete(key);
      underWay.add(key);
      void ask(key, question).finally(() => {
        underWay.delete(key);
        work();
      });
    }
  };

  const askUser = async () => {
    askingUser = true;
    userAskedAt = Date.now();
    const before = user;
    user = await reviewSelf(connection, closing.signal).then(
      (self) => self?.username ?? null,
      () => before,
    );
    askingUser = false;
    if (user !== before) onChange();
  };

  return {
    isAllowed(question) {
      const key = JSON.stringify([question.verb, question.group, question.resource, question.subresource, question.namespace, question.name]);
      const known = answers.get(key);
      if (!underWay.has(key) && (known === undefined || isDue(known))) waiting.set(key, question);
      if (known !== undefined) {
        answers.delete(key);
        answers.set(key, known);
      }
      if (answers.size > KEPT) answers.delete(answers.keys().next().value ?? "");
      if (!askingUser && connection.gate.open && isDue({ askedAt: userAskedAt, failed: user === null })) void askUser();
      work();
      return known?.allowed ?? null;
    },
    get user() {
      return user;
    },
    refused() {
      oldBefore = Date.now();
      onChange();
    },
    close() {
      closing.abort();
      waiting.clear();
    },
  };
}
