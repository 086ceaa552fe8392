/** Mutual TLS modes in Istio's words (istio.io/api security/v1 PeerAuthentication.MutualTLS.Mode). */
export const MODES = ["UNSET", "DISABLE", "PERMISSIVE", "STRICT"] as const;
export type Mode = (typeof MODES)[number];

/** What a port really does: UNSET is always resolved. */
export type EffectiveMode = Exclude<Mode, "UNSET">;

/** Positions of the switch: `inherit` deletes the namespace's own policy, so that the mesh's decides. */
export const SWITCH_POSITIONS = ["inherit", "PERMISSIVE", "STRICT"] as const;
export type SwitchPosition = (typeof SWITCH_POSITIONS)[number];

export function isMode(value: unknown): value is Mode {
  return typeof value === "string" && (MODES as readonly string[]).includes(value);
}
