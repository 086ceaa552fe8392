/** Who is at the other end: an instructor may do everything, a viewer only look. */
export const ROLES = ["viewer", "instructor"] as const;
export type Role = (typeof ROLES)[number];

/** What the page knows of its own session. */
export interface SessionAnswer {
  role: Role;
  /** false = nobody has to sign in here (loopback), and there is nothing to sign out of. */
  signIn: boolean;
}

/** What an instructor hands on. */
export interface InviteAnswer {
  /** The link for a room: read only, good for everybody until Padlock ends or everyone is signed out. */
  room: string;
  /** Sessions that are open now. */
  people: Record<Role, number>;
}

/** A link that makes one more instructor. */
export interface InstructorLinkAnswer {
  url: string;
  /** Epoch ms; it also ends with its first use. */
  until: number;
}
