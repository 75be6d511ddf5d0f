import { byId, html } from "./dom.ts";
import type { Playground, Subscription } from "./playground.ts";

const SHOWN = 100;

/** The list of filters, each with its id and a button that removes it. */
export class FiltersView {
  readonly #playground: Playground;
  readonly #changed: () => void;
  readonly #list = byId("filters", HTMLElement);
  readonly #unlisted = byId("unlisted", HTMLElement);

  /** `changed` is called after a filter was removed. */
  constructor(playground: Playground, changed: () => void) {
    this.#playground = playground;
    this.#changed = changed;
  }

  draw(matched: ReadonlySet<number>): void {
    const { subscriptions } = this.#playground;
    this.#list.replaceChildren(...subscriptions.slice(0, SHOWN).map((each) => this.#item(each, matched.has(each.id))));
    const more = subscriptions.length - SHOWN;
    this.#unlisted.textContent = more > 0 ? `and ${more.toLocaleString("en")} more` : "";
  }

  #item(subscription: Subscription, isMatched: boolean): HTMLElement {
    const { id, text } = subscription;
    const remove = html("button", { type: "button", ariaLabel: `Remove ${text}` }, "×");
    remove.addEventListener("click", () => this.#remove(subscription));
    const item = html("li", {}, html("span", { className: "id" }, `#${id}`), html("code", {}, text));
    if (isMatched)
      item.append(html("span", { className: "mark" }, "✓ ", html("span", { className: "word" }, "matches")));
    item.append(remove);
    item.classList.toggle("matched", isMatched);
    return item;
  }

  /** The focus goes to what comes next, so that a keyboard does not start again at the top. */
  #remove(subscription: Subscription): void {
    const place = this.#playground.subscriptions.indexOf(subscription);
    this.#playground.remove(subscription);
    this.#changed();
    const buttons = this.#list.querySelectorAll("button");
    (buttons[Math.min(place, buttons.length - 1)] ?? byId("filter", HTMLInputElement)).focus();
  }
}
