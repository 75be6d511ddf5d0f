import { byId, svg } from "./dom.ts";
import { buildTrie, countNodes, type PlacedNode, placedNodes, placeTrie, type TrieNode } from "./trie.ts";

const MAXIMUM_NODES = 300;
const ROW = 30;
const BOX = 22;
const GAP = 36;
const PADDING = 8;
/** Of the font that style.css asks for, in the size that it asks for. */
const CHARACTER = 7.9;
const SHOWN_CHARACTERS = 24;
const SHOWN_IDS = 3;

function shortened(level: string): string {
  const characters = Array.from(level);
  return characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS - 1).join("")}…` : level;
}

function label({ node, leftOut }: PlacedNode): string {
  if (node === undefined) return `… ${leftOut.toLocaleString("en")} more`;
  if (node.path === "") return "start";
  return node.level === "" ? "(empty)" : shortened(node.level);
}

function idsText(ids: readonly number[]): string {
  if (ids.length === 0) return "";
  const shown = ids.slice(0, SHOWN_IDS).map((id) => `#${id}`);
  return ` ${shown.join(" ")}${ids.length > SHOWN_IDS ? "…" : ""}`;
}

function boxWidth(placed: PlacedNode): number {
  const text = label(placed) + idsText(placed.node?.ids ?? []);
  return Math.ceil(Array.from(text).length * CHARACTER) + 2 * PADDING;
}

/** Where each depth starts, so that its widest box has room. */
function columns(all: readonly PlacedNode[]): number[] {
  const widths: number[] = [];
  for (const placed of all) widths[placed.depth] = Math.max(widths[placed.depth] ?? 0, boxWidth(placed));
  const starts = [PADDING];
  for (const width of widths) starts.push((starts.at(-1) ?? 0) + width + GAP);
  return starts;
}

function classes(node: TrieNode | undefined, isNew: boolean): string {
  const names = [node === undefined && "left-out", node?.isMatched && "matched", isNew && "new"];
  if (node?.level === "+" || node?.level === "#") names.push("wildcard");
  return names.filter(Boolean).join(" ");
}

function describe(nodes: number, all: readonly PlacedNode[]): string {
  const matched = all.filter(({ node }) => node?.isMatched).length;
  const drawn = all.filter(({ node }) => node !== undefined).length;
  const part = drawn < nodes ? `, ${drawn} of them drawn` : "";
  return `${nodes.toLocaleString("en")} nodes${part}; ${matched} on the way of a filter that matches`;
}

/** Draws the trie of filters from left to right. */
export class TrieView {
  readonly #frame = byId("trie", HTMLElement);
  readonly #summary = byId("trie-summary", HTMLElement);
  #drawn = new Set<string>();

  draw(entries: readonly [string, Uint32Array][], matched: ReadonlySet<number>): void {
    const trie = buildTrie(entries, matched);
    const all = [...placedNodes(placeTrie(trie, MAXIMUM_NODES))];
    const summary = describe(countNodes(trie), all);
    this.#frame.replaceChildren(this.#image(all, summary));
    this.#summary.textContent = summary;
    this.#drawn = new Set(all.flatMap(({ node }) => node?.path ?? []));
    this.#showMatched(all);
  }

  #image(all: readonly PlacedNode[], summary: string): SVGElement {
    const starts = columns(all);
    const pairs = all.flatMap((from) => from.children.map((to) => ({ from, to })));
    pairs.sort((one, other) => matchedLast(one.to) - matchedLast(other.to));
    const edges = pairs.map(({ from, to }) => this.#edge(from, to, starts));
    const boxes = all.map((placed) => this.#box(placed, starts));
    const width = (starts.at(-1) ?? 0) - GAP + PADDING;
    const height = (Math.max(...all.map(({ row }) => row)) + 1) * ROW + 2 * PADDING;
    const attributes = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
    return svg("svg", attributes, svg("title", {}, summary), ...edges, ...boxes);
  }

  #edge(from: PlacedNode, to: PlacedNode, starts: readonly number[]): SVGElement {
    const x = (starts[from.depth] ?? 0) + boxWidth(from);
    const end = starts[to.depth] ?? 0;
    const d = `M${x} ${middle(from)}H${end - GAP / 2}V${middle(to)}H${end}`;
    return svg("path", { d, class: classes(to.node, this.#isNew(to)) });
  }

  #box(placed: PlacedNode, starts: readonly number[]): SVGElement {
    const { node, depth } = placed;
    const transform = `translate(${starts[depth] ?? 0} ${middle(placed)})`;
    const rect = svg("rect", { y: -BOX / 2, width: boxWidth(placed), height: BOX, rx: 6 });
    const ids = svg("tspan", { class: "ids" }, idsText(node?.ids ?? []));
    const text = svg("text", { x: PADDING, dy: "0.35em" }, label(placed), ids);
    const title = svg("title", {}, node?.path.slice(1) || label(placed));
    return svg("g", { transform, class: `node ${classes(node, this.#isNew(placed))}` }, title, rect, text);
  }

  #isNew({ node }: PlacedNode): boolean {
    return node !== undefined && !this.#drawn.has(node.path);
  }

  /** Scrolls the first filter that matches into the frame, where it is not. */
  #showMatched(all: readonly PlacedNode[]): void {
    const first = all.find(({ node }) => node?.isMatched && node.ids.length > 0);
    if (first === undefined) return;
    const { scrollTop, clientHeight } = this.#frame;
    const y = middle(first);
    if (y < scrollTop || y > scrollTop + clientHeight) this.#frame.scrollTop = y - clientHeight / 2;
  }
}

/** Edges lie on each other: those of filters that match have to be on top. */
function matchedLast({ node }: PlacedNode): number {
  return node?.isMatched ? 1 : 0;
}

function middle({ row }: PlacedNode): number {
  return PADDING + (row + 0.5) * ROW;
}
