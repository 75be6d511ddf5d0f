import { validateTopic } from "ternmq/matcher";
import { byId, html } from "./dom.ts";
import { showFlaw } from "./flaw.ts";
import type { Match, Playground } from "./playground.ts";

const SHOWN = 100;

/** The topic name, and the filters that match it with what their named wildcards capture. */
export class MatchesView {
  readonly #playground: Playground;
  readonly #topic = byId("topic", HTMLInputElement);
  readonly #flaw = byId("topic-flaw", HTMLElement);
  readonly #summary = byId("summary", HTMLElement);
  readonly #list = byId("matches", HTMLElement);

  constructor(playground: Playground) {
    this.#playground = playground;
  }

  /** Draws what matches now, and returns the ids. */
  draw(): Set<number> {
    const topic = this.#topic.value;
    const flaw = validateTopic(topic);
    showFlaw(this.#topic, this.#flaw, flaw);
    const matches = flaw === undefined ? this.#playground.match(topic) : [];
    const all = this.#playground.subscriptions.length;
    this.#summary.textContent = flaw === undefined ? `${matches.length} of ${all} filters match` : "";
    this.#list.replaceChildren(...matches.slice(0, SHOWN).map(matchItem));
    if (matches.length > SHOWN) this.#list.append(html("li", {}, `and ${matches.length - SHOWN} more`));
    return new Set(matches.map(({ subscription }) => subscription.id));
  }
}

function matchItem({ subscription: { id, text }, captures }: Match): HTMLElement {
  const named = Object.entries(captures).flatMap(([name, value]) => [
    html("dt", {}, name),
    html("dd", {}, html("code", {}, JSON.stringify(value))),
  ]);
  const item = html("li", {}, html("span", { className: "id" }, `#${id}`), html("code", {}, text));
  if (named.length > 0) item.append(html("dl", { ariaLabel: "captures" }, ...named));
  return item;
}
