import type { AccessAction } from "./rule.ts";

/** What clients may do. */
export interface AccessOptions {
  /** What is done about that which no rule is about. Default deny. */
  readonly otherwise?: "allow" | "deny";
  /** Asked in this order; the first rule that is about the client, the action and the topic decides. */
  readonly rules?: readonly AccessRuleOptions[];
  /** File of Mosquitto's `acl_file` format, whose rules are asked behind `rules`. */
  readonly aclFile?: string;
}

/** One rule. Where several of `users`, `groups`, `clients` and `addresses` are given, all have to hold; each is about everybody where it is left out. */
export interface AccessRuleOptions {
  readonly effect: "allow" | "deny";
  /**
   * `publish` is PUBLISH and the will, `receive` is a message on its way to a subscriber, `subscribe` is SUBSCRIBE and what comes of it, so that it says
   * `receive` as well. Default: all.
   */
  readonly actions?: readonly AccessAction[];
  /**
   * Topic filters. `%u` stands for the user name, `%c` for the client identifier, `%%` for `%`; a rule is not about a client whose name is missing or contains
   * `+`, `#` or `/`, nor about one whose name would make it begin with `$`. Topics that begin with `$` match only filters that do. Default: every topic.
   */
  readonly filters?: readonly string[];
  /** User names. */
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  /** Client identifiers; `*` stands for any characters. */
  readonly clients?: readonly string[];
  /** Addresses and networks, as `10.0.0.0/8` and `2001:db8::/32`. */
  readonly addresses?: readonly string[];
  /** True: about clients without a user name alone. Default false. */
  readonly anonymous?: boolean;
}
