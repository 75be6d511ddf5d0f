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
  /** In rows; half ones between. */
  readonly row: number;
  readonly children: readonly PlacedNode[];
}

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

/** As many nodes as may be drawn: first those of filters that match, then those near the root. */
function chooseNodes(root: TrieNode, maximum: number): Set<TrieNode> {
  const chosen = new Set([root]);
  for (const isWanted of [({ isMatched }: TrieNode) => isMatched, () => true]) {
    const reached = [root];
    for (const { children } of reached) {
      for (const child of children.values()) {
        if (!chosen.has(child) && (chosen.size >= maximum || !isWanted(child))) continue;
        chosen.add(child);
        reached.push(child);
      }
    }
  }
  return chosen;
}

/** Places `maximum` nodes at most, each in the middle of its children; what is left out of a node's children is one more. */
export function placeTrie(root: TrieNode, maximum: number): PlacedNode {
  const chosen = chooseNodes(root, maximum);
  let rows = 0;
  const place = (node: TrieNode, depth: number): PlacedNode => {
    const children: PlacedNode[] = [];
    let leftOut = 0;
    for (const child of node.children.values()) {
      if (chosen.has(child)) children.push(place(child, depth + 1));
      else leftOut += countNodes(child);
    }
    if (leftOut > 0) children.push({ leftOut, depth: depth + 1, row: rows++, children: [] });
    const [first, last] = [children.at(0), children.at(-1)];
    const row = first === undefined || last === undefined ? rows++ : (first.row + last.row) / 2;
    return { node, leftOut: 0, depth, row, children };
  };
  return place(root, 0);
}

export function* placedNodes(root: PlacedNode): Generator<PlacedNode> {
  yield root;
  for (const child of root.children) yield* placedNodes(child);
}
