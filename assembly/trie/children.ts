import { Level } from "./levels";
import { HASHED, isChildAt, Node, parentOf } from "./nodes";
import { addToTable, firstSlot, hashPlace, nextSlot, removeFromTable, slotsOf, TAG_MASK, Table, tagOf } from "./table";

/**
 * The children of nodes, those of `+` not counted. An only child is known to its parent; when a second one comes both go to the table of
 * edges, and those that are left of them stay there. In a trie of topic names they are linked with each other as well, so that a walk
 * gets from one to the next: nextSibling and previousSibling stand where nodes of filters have plusChild and multiEntries.
 */

/** The child of a node at this level, compared byte by byte, or 0. [MQTT-4.7.3-4] [MQTT-4.7.3-4 of 3.1.1] */
export function findChild(edges: Table, parent: usize, level: Level): usize {
  const children = changetype<Node>(parent).children;
  if ((children & HASHED) != 0) return findEdge(edges, parent, level);
  return children != 0 && isChildAt(changetype<Node>(children), parent, level) ? <usize>children : 0;
}

/** Adds a node to its parent's children; false, and nothing done, out of memory. */
export function addChild(edges: Table, at: usize, linked: bool): bool {
  const parent = changetype<Node>(parentOf(changetype<Node>(at)));
  const children = parent.children;
  if (children == 0) {
    parent.children = <u32>at;
    return true;
  }
  const isSecond = (children & HASHED) == 0;
  if (!addToTable(edges, isSecond ? children : 0, <u32>at)) return false;
  if (linked) {
    const next = children & ~HASHED;
    setNext(at, next);
    setPrevious(<usize>next, <u32>at);
    parent.children = <u32>at | HASHED;
  } else parent.children = isSecond ? 4 | HASHED : children + 2;
  return true;
}

export function removeChild(edges: Table, at: usize, linked: bool): void {
  const parent = changetype<Node>(parentOf(changetype<Node>(at)));
  if ((parent.children & HASHED) == 0) {
    parent.children = 0;
    return;
  }
  removeFromTable(edges, <u32>at);
  if (linked) unlinkSibling(at, parent);
  else parent.children -= 2;
  if (parent.children == HASHED) parent.children = 0;
}

/** The first child of a node in a trie of topic names, or 0. */
export function firstChildOf(node: Node): usize {
  return <usize>(node.children & ~HASHED);
}

/** The next child of the same parent in a trie of topic names, or 0. */
export function nextSibling(node: Node): usize {
  return <usize>node.plusChild;
}

function findEdge(edges: Table, parent: usize, level: Level): usize {
  const hash = hashPlace(parent, level.hash);
  const tag = tagOf(hash);
  const slots = slotsOf(edges, hash);
  let at = firstSlot(slots, hash);
  while (true) {
    const slot = load<u32>(at);
    if (slot == 0) return 0;
    if ((slot & TAG_MASK) == tag) {
      const node = <usize>(slot - tag);
      if (isChildAt(changetype<Node>(node), parent, level)) return node;
    }
    at = nextSlot(slots, at);
  }
}

function unlinkSibling(at: usize, parent: Node): void {
  const next = changetype<Node>(at).plusChild;
  const previous = changetype<Node>(at).multiEntries;
  if (next != 0) setPrevious(<usize>next, previous);
  if (previous != 0) setNext(<usize>previous, next);
  else parent.children = next | HASHED;
}

function setNext(node: usize, next: u32): void {
  changetype<Node>(node).plusChild = next;
}

function setPrevious(node: usize, previous: u32): void {
  changetype<Node>(node).multiEntries = previous;
}
