/** Whom a client was found to be. */
export interface Identity {
  /** The user that rules and log lines know the client by; undefined: nobody in particular. */
  readonly username: string | undefined;
  readonly groups: readonly string[];
  /** Milliseconds since 1970 from which on the client has to go; undefined: it may stay. */
  readonly expiresAt: number | undefined;
  /** What came with the identity about its rights (the claim `acl` of a token), for the access control to read; undefined: nothing. */
  readonly acl: unknown;
}

export const ANONYMOUS: Identity = Object.freeze(identityOf({}));

/** Fills up what is not said. */
export function identityOf({ username, groups = [], expiresAt, acl }: Partial<Identity>): Identity {
  return { username, groups, expiresAt, acl };
}
