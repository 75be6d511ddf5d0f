import { AddressList } from "../../transport/proxy/address-list.ts";
import { wrong } from "../option-names.ts";
import { AccessRules } from "./access-rules.ts";
import { readAclFile } from "./acl-file.ts";
import { ALL_ACTIONS, checkAccessOptions, checkRule } from "./check-rule.ts";
import type { AccessOptions, AccessRuleOptions } from "./options.ts";
import type { AccessRule } from "./rule.ts";

/**
 * @throws {TernmqError} by the promise: ERR_OPTION for a rule that says nothing sensible, ERR_ACL_FILE for a file with file, line and column of all that is wrong
 */
export async function openAccessRules(options: AccessOptions): Promise<AccessRules> {
  checkAccessOptions(options);
  const { rules = [], aclFile, otherwise } = options;
  const own = rules.map((rule, index) => ruleOf(rule, `accessRules.rules[${index}]`));
  const ofFile = aclFile === undefined ? [] : await readAclFile(aclFile);
  return new AccessRules([...own, ...ofFile], otherwise === "allow");
}

/**
 * What a token says its bearer may do: an object with lists of topic filters by action, as `{"publish": ["up/%c"], "subscribe": ["down/%c/#"]}`. Nothing else is allowed to the
 * bearer then.
 * @throws {TernmqError} ERR_OPTION
 */
export function rulesOfClaim(claim: unknown): AccessRule[] {
  if (typeof claim !== "object" || claim === null || Array.isArray(claim))
    throw wrong("acl", "give lists of topic filters by action");
  const allowed = Object.entries(claim).map(([action, filters]) => {
    const [known] = ALL_ACTIONS.filter((name) => name === action);
    if (known === undefined) throw wrong(`acl.${action}`, `the actions are ${ALL_ACTIONS.join(", ")}`);
    if (!Array.isArray(filters)) throw wrong(`acl.${action}`, "give a list of topic filters");
    return ruleOf({ effect: "allow", actions: [known], filters }, `acl.${action}`);
  });
  return [...allowed, { isAllowed: false, actions: ALL_ACTIONS }];
}

function ruleOf(rule: AccessRuleOptions, where: string): AccessRule {
  checkRule(rule, where);
  const { effect, actions = ALL_ACTIONS, filters, addresses, ...whom } = rule;
  return {
    ...whom,
    isAllowed: effect === "allow",
    actions: actions.flatMap((action) => (action === "subscribe" ? ["subscribe", "receive"] : [action])),
    ...(filters !== undefined && { filters }),
    ...(addresses !== undefined && { addresses: new AddressList(addresses) }),
  };
}
