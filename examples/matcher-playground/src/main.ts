import { TopicMatcher } from "ternmq/matcher";
import { byId, html } from "./dom.ts";
import { EXAMPLES, type Example, HOUSE } from "./examples.ts";
import { FiltersView } from "./filters-view.ts";
import { showFlaw } from "./flaw.ts";
import { MatchesView } from "./matches-view.ts";
import { findFlaw, Playground } from "./playground.ts";
import { SpeedView } from "./speed-view.ts";
import { TrieView } from "./trie-view.ts";

const IN_THE_LIST = { message: "This filter is in the list already." };

const topic = byId("topic", HTMLInputElement);
const filter = byId("filter", HTMLInputElement);
const filterFlaw = byId("filter-flaw", HTMLElement);
const explanation = byId("explanation", HTMLElement);
const undo = byId("undo", HTMLButtonElement);

const playground = new Playground(await TopicMatcher.create());
const matchesView = new MatchesView(playground);
const filtersView = new FiltersView(playground, draw);
const trieView = new TrieView();
new SpeedView();

/** What was there before an example, or before everything was removed. */
let before: Pick<Example, "filters" | "topic"> | undefined;

function draw(): void {
  const matched = matchesView.draw();
  filtersView.draw(matched);
  trieView.draw(playground.entries(), matched);
}

function show(filters: readonly string[], topicName: string): void {
  playground.replace(filters);
  topic.value = topicName;
  draw();
}

function replace(filters: readonly string[], topicName: string, why: string): void {
  before ??= { filters: playground.subscriptions.map(({ text }) => text), topic: topic.value };
  undo.hidden = false;
  explanation.textContent = why;
  show(filters, topicName);
}

byId("examples", HTMLElement).append(
  ...EXAMPLES.map((example) => {
    const button = html("button", { type: "button" }, example.name);
    button.addEventListener("click", () => replace(example.filters, example.topic, example.explanation));
    return button;
  }),
);
undo.addEventListener("click", () => {
  if (before !== undefined) show(before.filters, before.topic);
  before = undefined;
  undo.hidden = true;
  explanation.textContent = "Here are your own filters again.";
});
topic.addEventListener("input", draw);
filter.addEventListener("input", () => {
  showFlaw(filter, filterFlaw, filter.value === "" ? undefined : findFlaw(filter.value));
});
byId("add", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const flaw = findFlaw(filter.value) ?? (playground.add(filter.value) ? undefined : IN_THE_LIST);
  showFlaw(filter, filterFlaw, flaw);
  if (flaw !== undefined) return;
  filter.value = "";
  draw();
});
byId("clear", HTMLButtonElement).addEventListener("click", () => replace([], topic.value, "All filters are removed."));

show(HOUSE.filters, HOUSE.topic);
