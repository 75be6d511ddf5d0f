import { DecisionCache } from "./decision-cache.ts";
import { covers, type FilterLevels, levelsOf, overlap } from "./filter-levels.ts";
import type { AccessAction, AccessRule } from "./rule.ts";
import type { TopicRange } from "./topic-range.ts";

/** A rule that is about the client, with its names in the filters. */
export interface EffectiveRule extends Pick<AccessRule, "isAllowed" | "actions"> {
  /** Undefined: every topic. */
  readonly filters: readonly FilterLevels[] | undefined;
}

/** What one client may do. Decisions about topics are remembered, so that the same topic costs a look or two. */
export class ClientAccess {
  readonly #rules: readonly EffectiveRule[];
  readonly #isOpen: boolean;
  readonly #publish = new DecisionCache((topic) => this.#decide("publish", topic));
  readonly #receive = new DecisionCache((topic) => this.#decide("receive", topic));

  /** Whether messages to the client have to be looked at. */
  #looksAtReceived: boolean;

  /** Where all rules about receiving are about subscribing as well, a subscription that is allowed brings nothing that may not be received. */
  constructor(rules: readonly EffectiveRule[], isOpen: boolean) {
    this.#rules = rules;
    this.#isOpen = isOpen;
    this.#looksAtReceived = rules.some(({ actions }) => actions.includes("receive") !== actions.includes("subscribe"));
  }

  /** What waits for the client came by other rights than these. */
  lookAtReceived(): void {
    this.#looksAtReceived = true;
  }

  mayPublish(topic: TopicRange): boolean {
    return this.#publish.decide(topic);
  }

  /** Of a message that comes by a subscription that these rights, or others before `lookAtReceived`, allowed. */
  mayReceive(topic: TopicRange): boolean {
    return !this.#looksAtReceived || this.#receive.decide(topic);
  }

  /**
   * Whether all that matches the filter may be subscribed to; one rule has to allow it as a whole.
   * @param filter without `$share` and the name behind it
   * @param isShared then all of it has to be receivable, too: what the client did not get would be lost for the other members
   */
  maySubscribe(filter: string, isShared: boolean): boolean {
    const levels = levelsOf(filter);
    return this.#mayHaveAll("subscribe", levels) && (!isShared || this.#mayHaveAll("receive", levels));
  }

  #mayHaveAll(action: AccessAction, levels: FilterLevels): boolean {
    for (const { isAllowed, actions, filters } of this.#rules) {
      if (!actions.includes(action)) continue;
      const isHit = isAllowed
        ? (filters?.some((wider) => covers(wider, levels)) ?? true)
        : (filters?.some((denied) => overlap(denied, levels)) ?? true);
      if (isHit) return isAllowed;
    }
    return this.#isOpen;
  }

  #decide(action: AccessAction, topic: string): boolean {
    const levels = levelsOf(topic);
    const decisive = this.#rules.find(
      ({ actions, filters }) => actions.includes(action) && (filters?.some((filter) => covers(filter, levels)) ?? true),
    );
    if (decisive !== undefined) return decisive.isAllowed;
    // Topics that begin with $ are published to only where a rule says so (MQTT 5.0 §4.7.2).
    return this.#isOpen && !(action === "publish" && topic.startsWith("$"));
  }
}
