import { isAbout } from "./about.ts";
import { ClientAccess, type EffectiveRule } from "./client-access.ts";
import { levelsOf } from "./filter-levels.ts";
import type { AccessRule, Subject } from "./rule.ts";

const PLACEHOLDER = /%[uc%]/g;
const FITS_A_LEVEL = /^[^+#/]+$/;
const FITS_LEVELS = /^[^+#]+$/;
const WILDCARD = /[+#]/;

interface Numbered {
  readonly rule: AccessRule;
  readonly order: number;
}

/** An ordered list of rules: the first that is about the client, the action and the topic decides. */
export class AccessRules {
  /** Whether what no rule is about is allowed. */
  readonly isOpen: boolean;
  /** Those about certain users are found by name, so that a file with a section for each of 100,000 users costs a client no more than its own. */
  readonly #byUser = new Map<string, Numbered[]>();
  readonly #others: Numbered[] = [];

  constructor(rules: readonly AccessRule[], isOpen = false) {
    this.isOpen = isOpen;
    for (const [order, rule] of rules.entries()) this.#add({ rule, order });
  }

  /** What they come to for one client. @param more rules that came with its identity, which are asked first */
  for(subject: Subject, more: readonly AccessRule[] = []): ClientAccess {
    const own = subject.username === undefined ? [] : (this.#byUser.get(subject.username) ?? []);
    const numbered = [...own, ...this.#others].sort((one, other) => one.order - other.order);
    const applying = numbered.filter(({ rule }) => isAbout(rule, subject)).map(({ rule }) => rule);
    return new ClientAccess(
      [...more, ...applying].map((rule) => effective(rule, subject)),
      this.isOpen,
    );
  }

  #add(numbered: Numbered): void {
    const { users } = numbered.rule;
    if (users === undefined) this.#others.push(numbered);
    for (const user of new Set(users)) {
      const known = this.#byUser.get(user);
      if (known === undefined) this.#byUser.set(user, [numbered]);
      else known.push(numbered);
    }
  }
}

function effective({ isAllowed, actions, filters, isPattern }: AccessRule, subject: Subject): EffectiveRule {
  if (isPattern && hasWildcards(subject)) return { isAllowed, actions, filters: [] };
  const fitting = isPattern ? FITS_LEVELS : FITS_A_LEVEL;
  const filled = filters?.map((filter) => fill(filter, subject, fitting)).filter((filter) => filter !== undefined);
  return { isAllowed, actions, filters: filled?.map(levelsOf) };
}

function hasWildcards({ username = "", clientIdentifier }: Subject): boolean {
  return WILDCARD.test(username) || WILDCARD.test(clientIdentifier);
}

/**
 * With the client's own names in place. Undefined: a name is missing, or would mean more in the filter than itself, so that nothing can match.
 * @param fitting names that may be put in
 */
function fill(filter: string, { username, clientIdentifier }: Subject, fitting: RegExp): string | undefined {
  const names: Record<string, string> = { "%u": username ?? "", "%c": clientIdentifier };
  const placeholders = filter.match(PLACEHOLDER) ?? [];
  const isFillable = placeholders.every((text) => text === "%%" || fitting.test(names[text] ?? ""));
  if (!isFillable) return undefined;
  const filled = filter.replaceAll(PLACEHOLDER, (text) => names[text] ?? "%");
  // A name may not make it a filter of the broker's own topics.
  return filled.startsWith("$") && !filter.startsWith("$") ? undefined : filled;
}
