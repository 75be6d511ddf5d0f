interface MapNode {
  readonly children: Map<string, MapNode>;
  readonly targets: Set<number>;
  readonly multiTargets: Set<number>;
}

function createNode(): MapNode {
  return { children: new Map(), targets: new Set(), multiTargets: new Set() };
}

/** The plain JavaScript baseline: a trie of Maps keyed by level, as a broker without Wasm would have it. `$` rule included. */
export class MapTrie {
  readonly #root = createNode();

  add(filter: string, target: number): void {
    const levels = filter.split("/");
    const multi = levels.at(-1) === "#";
    if (multi) levels.pop();
    let node = this.#root;
    for (const level of levels) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = createNode();
        node.children.set(level, child);
      }
      node = child;
    }
    (multi ? node.multiTargets : node.targets).add(target);
  }

  remove(filter: string, target: number): void {
    const levels = filter.split("/");
    const multi = levels.at(-1) === "#";
    if (multi) levels.pop();
    removeBelow(this.#root, levels, 0, multi, target);
  }

  match(topic: string): number[] {
    const targets: number[] = [];
    collect(this.#root, topic.split("/"), 0, !topic.startsWith("$"), targets);
    return targets;
  }

  /** The targets of all names in the trie that a filter matches. */
  find(filter: string): number[] {
    const targets: number[] = [];
    findBelow(this.#root, filter.split("/"), 0, targets);
    return targets;
  }
}

function removeBelow(node: MapNode, levels: readonly string[], depth: number, multi: boolean, target: number): void {
  const level = levels[depth];
  if (level === undefined) {
    (multi ? node.multiTargets : node.targets).delete(target);
    return;
  }
  const child = node.children.get(level);
  if (child === undefined) return;
  removeBelow(child, levels, depth + 1, multi, target);
  if (child.children.size + child.targets.size + child.multiTargets.size === 0) node.children.delete(level);
}

function collect(node: MapNode, levels: readonly string[], depth: number, wildcards: boolean, into: number[]): void {
  if (wildcards) for (const target of node.multiTargets) into.push(target);
  const level = levels[depth];
  if (level === undefined) {
    for (const target of node.targets) into.push(target);
    return;
  }
  const plus = wildcards ? node.children.get("+") : undefined;
  if (plus !== undefined) collect(plus, levels, depth + 1, true, into);
  const child = node.children.get(level);
  if (child !== undefined) collect(child, levels, depth + 1, true, into);
}

function findBelow(node: MapNode, levels: readonly string[], depth: number, into: number[]): void {
  const level = levels[depth];
  if (level === undefined || level === "#") for (const target of node.targets) into.push(target);
  if (level === undefined) return;
  if (level !== "+" && level !== "#") {
    const child = node.children.get(level);
    if (child !== undefined) findBelow(child, levels, depth + 1, into);
    return;
  }
  const next = level === "#" ? depth : depth + 1;
  for (const [name, child] of node.children) {
    if (depth > 0 || !name.startsWith("$")) findBelow(child, levels, next, into);
  }
}
