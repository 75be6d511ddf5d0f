/** A level of one or more filters; the root stands before the first level. */
export interface TrieNode {
  readonly level: string;
  /** Levels from the root, each with a slash in front. */
  readonly path: string;
  readonly ids: number[];
  readonly children: Map<string, TrieNode>;
  /** Whether a filter that matches goes through it. */
  isMatched: boolean;
}

/** A node where it is drawn. One without a node of the trie tells how many nodes are left out. */
export interface PlacedNode {
  readonly node?: TrieNode;
  readonly leftOut: number;
  readonly depth: number;
  readonly row: number;
  readonly children: readonly PlacedNode[];
}

/** Nodes that are drawn below one node of a trie that is too large to draw. */
const WIDTH_OF_LARGE = 8;

function createNode(parent: TrieNode | undefined, level: string): TrieNode {
  const path = parent === undefined ? "" : `${parent.path}/${level}`;
  return { level, path, ids: [], children: new Map(), isMatched: false };
}

/** The trie of all filters. `matched`: the ids that match now. */
export function buildTrie(entries: readonly [string, Uint32Array][], matched: ReadonlySet<number>): TrieNode {
  const root = createNode(undefined, "");
  for (const [filter, ids] of entries.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const isMatched = ids.some((id) => matched.has(id));
    let node = root;
    node.isMatched ||= isMatched;
    for (const level of filter.split("/")) {
      const child = node.children.get(level) ?? createNode(node, level);
      node.children.set(level, child);
      child.isMatched ||= isMatched;
      node = child;
    }
    node.ids.push(...ids);
  }
  return root;
}

export function countNodes(root: TrieNode): number {
  let count = 1;
  for (const child of root.children.values()) count += countNodes(child);
  return count;
}

/** Adds nodes to those that are drawn, from the root on: `maximum` in all, `width` below each. */
function choose(
  chosen: Set<TrieNode>,
  root: TrieNode,
  maximum: number,
  width: number,
  isWanted: (node: TrieNode) => boolean,
): void {
  const reached = [root];
  for (const { children } of reached) {
    let room = width;
    for (const child of children.values()) {
      if (!chosen.has(child) && (chosen.size >= maximum || room <= 0 || !isWanted(child))) continue;
      chosen.add(child);
      reached.push(child);
      room--;
    }
  }
}

/** What is drawn of a trie: all of it, or where it is too large the filters that match and some nodes near the root. */
function chooseNodes(root: TrieNode, maximum: number): Set<TrieNode> {
  const chosen = new Set([root]);
  const width = countNodes(root) > maximum ? WIDTH_OF_LARGE : Number.POSITIVE_INFINITY;
  choose(chosen, root, maximum, Number.POSITIVE_INFINITY, ({ isMatched }) => isMatched);
  choose(chosen, root, maximum, width, () => true);
  return chosen;
}

/** Places `maximum` nodes at most, each in the row of its first child; what is left out below a node is one more. */
export function placeTrie(root: TrieNode, maximum: number): PlacedNode {
  const chosen = chooseNodes(root, maximum);
  let rows = 0;
  const place = (node: TrieNode, depth: number): PlacedNode => {
    const row = rows;
    const children: PlacedNode[] = [];
    let leftOut = 0;
    for (const child of node.children.values()) {
      if (chosen.has(child)) children.push(place(child, depth + 1));
      else leftOut += countNodes(child);
    }
    if (leftOut > 0) children.push({ leftOut, depth: depth + 1, row: rows++, children: [] });
    if (children.length === 0) rows++;
    return { node, leftOut: 0, depth, row, children };
  };
  return place(root, 0);
}

export function* placedNodes(root: PlacedNode): Generator<PlacedNode> {
  yield root;
  for (const child of root.children) yield* placedNodes(child);
}
