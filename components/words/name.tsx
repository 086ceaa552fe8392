import { toVisibleText } from "../graph/label";

/** Longer words (names have up to 253 characters) are cut after three lines; the whole is in the title. */
const LONG = 200;

/**
 * Words out of a cluster: always text, isolated, so that right-to-left letters do not turn what stands around them, and with characters that would
 * steer the reader's eye shown as what they are.
 */
export function Name({ children, className = "" }: { children: string; className?: string }) {
  const text = toVisibleText(children);
  return text.length <= LONG ? (
    <bdi className={`any-name ${className}`}>{text}</bdi>
  ) : (
    <bdi className={`any-name line-clamp-3 ${className}`} title={text}>
      {text}
    </bdi>
  );
}
