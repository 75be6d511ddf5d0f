import { checkClientLimitRule } from "../../config/client-limit-arguments.ts";
import type { ClientLimitRule, ClientLimits } from "../../config/client-limits.ts";
import { AddressList } from "../../transport/proxy/address-list.ts";
import { type About, isAbout } from "../acl/about.ts";
import type { Subject } from "../acl/rule.ts";

interface Rule extends About {
  readonly users: ReadonlySet<string> | undefined;
  readonly listeners: ReadonlySet<string> | undefined;
  readonly limits: ClientLimits;
}

/** An ordered list of rules: the first that is about a client says what it may do. */
export class ClientLimitRules {
  readonly #rules: readonly Rule[];

  /** @throws {TernmqError} ERR_OPTION, ERR_ARGUMENT for what is no address */
  constructor(rules: readonly ClientLimitRule[] = []) {
    this.#rules = rules.map((rule, index) => {
      checkClientLimitRule(rule, `clientLimits[${index}]`);
      return ruleOf(rule);
    });
  }

  /** Undefined: no rule is about it. @param listener the name of the one by which it came */
  for(subject: Subject, listener: string): ClientLimits | undefined {
    const { username } = subject;
    const first = this.#rules.find((rule) => {
      if (rule.users !== undefined && (username === undefined || !rule.users.has(username))) return false;
      return (rule.listeners?.has(listener) ?? true) && isAbout(rule, subject);
    });
    return first?.limits;
  }
}

function ruleOf({ users, groups, clients, addresses, listeners, anonymous, ...limits }: ClientLimitRule): Rule {
  return {
    users: users && new Set(users),
    listeners: listeners && new Set(listeners),
    ...(groups && { groups }),
    ...(clients && { clients }),
    ...(addresses && { addresses: new AddressList(addresses) }),
    ...(anonymous !== undefined && { anonymous }),
    limits,
  };
}
