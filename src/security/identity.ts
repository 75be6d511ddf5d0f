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

const isText = (value: unknown): boolean => typeof value === "string";
const FIELDS: Readonly<Record<keyof Identity, (value: unknown) => boolean>> = {
  username: isText,
  groups: (value) => Array.isArray(value) && value.every(isText),
  expiresAt: (value) => Number.isFinite(value),
  acl: () => true,
};

/**
 * What a function says that nobody has checked the types of: `null`, an error or a row of a database is no identity, and lets nobody in.
 * @throws {TypeError}
 */
export function checkIdentity(given: Partial<Identity>): Partial<Identity> {
  if (Object.prototype.toString.call(given) !== "[object Object]") {
    throw new TypeError("authenticate answered with no identity: give a reason code, an identity or undefined");
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(FIELDS, name)) {
      throw new TypeError(`authenticate answered with "${name}": an identity has ${Object.keys(FIELDS).join(", ")}`);
    }
    if (value !== undefined && !FIELDS[name as keyof Identity](value)) {
      throw new TypeError(`authenticate answered with a wrong "${name}"`);
    }
  }
  return given;
}

/** Fills up what is not said. */
export function identityOf({ username, groups = [], expiresAt, acl }: Partial<Identity>): Identity {
  return { username, groups, expiresAt, acl };
}
