/** A name out of a cluster: always text, and isolated, so that right-to-left letters in it do not turn what stands around it. */
export function Name({ children, className = "" }: { children: string; className?: string }) {
  return <bdi className={`any-name ${className}`}>{children}</bdi>;
}
