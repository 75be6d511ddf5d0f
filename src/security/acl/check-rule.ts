import { validateFilter } from "../../matcher/validate.ts";
import { checkNames, wrong } from "../option-names.ts";
import type { AccessOptions, AccessRuleOptions } from "./options.ts";
import type { AccessAction } from "./rule.ts";

export const ALL_ACTIONS: readonly AccessAction[] = ["publish", "subscribe", "receive"];

const OF_OPTIONS = ["otherwise", "rules", "aclFile"];
const LISTS = ["actions", "filters", "users", "groups", "clients", "addresses"];
const OF_RULES = ["effect", "anonymous", ...LISTS];

/** For programs without types. @throws {TernmqError} ERR_OPTION */
export function checkAccessOptions(options: AccessOptions): void {
  const { otherwise = "deny" } = options;
  checkNames(options, OF_OPTIONS, "accessRules");
  if (otherwise !== "allow" && otherwise !== "deny") {
    throw wrong("accessRules.otherwise", `give allow or deny, not ${otherwise}`);
  }
}

/** For programs without types, and for what tokens say: a rule that is about others than it says would be a hole. @throws {TernmqError} ERR_OPTION */
export function checkRule(rule: AccessRuleOptions, where: string): void {
  const { effect, actions = [], filters = [], anonymous = false } = rule;
  checkNames(rule, OF_RULES, where);
  if (effect !== "allow" && effect !== "deny") throw wrong(where, `effect is allow or deny, not ${effect}`);
  for (const [name, value] of Object.entries(rule)) {
    if (LISTS.includes(name) && !isTexts(value)) throw wrong(`${where}.${name}`, "give a list of texts");
  }
  if (typeof anonymous !== "boolean") throw wrong(`${where}.anonymous`, "give true or false");
  const unknown = actions.find((action) => !ALL_ACTIONS.includes(action));
  if (unknown !== undefined) throw wrong(where, `the actions are ${ALL_ACTIONS.join(", ")}, not ${unknown}`);
  for (const filter of filters) checkFilter(filter, where);
}

function checkFilter(filter: string, where: string): void {
  const flaw = validateFilter(filter);
  if (flaw !== undefined) throw wrong(where, `"${filter}" is no topic filter: ${flaw.message}`);
}

function isTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === "string"));
}
