import type { AddressList } from "../../transport/proxy/address-list.ts";

/** What a rule is about: PUBLISH and will, SUBSCRIBE, and a message on its way to a subscriber. */
export type AccessAction = "publish" | "subscribe" | "receive";

/**
 * One rule. It is about a client for whom all of `users`, `groups`, `clients`, `addresses` and `anonymous` hold that are given, and about what matches
 * one of its filters.
 */
export interface AccessRule {
  readonly isAllowed: boolean;
  readonly actions: readonly AccessAction[];
  /** Topic filters; `%u` stands for the user name, `%c` for the client identifier, `%%` for `%`. Undefined: every topic, those with `$` included. */
  readonly filters?: readonly string[];
  /** A `pattern` of Mosquitto's `acl_file`: names in its filters may have several levels, and it is about nobody who has `+` or `#` in a name. */
  readonly isPattern?: true;
  /** User names. */
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** Client identifiers; `*` stands for any characters. */
  readonly clients?: readonly string[];
  readonly addresses?: AddressList;
  /** True: about clients without a user name alone. */
  readonly anonymous?: boolean;
}

/** Whom a rule has to be about. */
export interface Subject {
  readonly username: string | undefined;
  readonly groups: readonly string[];
  readonly clientIdentifier: string;
  /** Empty for a Unix socket, which no address is about. */
  readonly remoteAddress: string;
}
