/** Longer ones (names have up to 253 characters) are cut after three lines; the whole is in the title. */
const LONG = 200;

/** A name out of a cluster: always text, and isolated, so that right-to-left letters in it do not turn what stands around it. */
export function Name({ children, className = "" }: { children: string; className?: string }) {
  if (children.length <= LONG) return <bdi className={`any-name ${className}`}>{children}</bdi>;
  return (
    <bdi className={`any-name line-clamp-3 ${className}`} title={children}>
      {children}
    </bdi>
  );
}
