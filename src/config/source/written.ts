import type { Origin } from "./origin.ts";

/** A configuration as it was written, before anybody knows whether it is allowed: each part with the place where it stands. */
export type Written = WrittenScalar | WrittenList | WrittenMap;

export interface WrittenScalar {
  readonly kind: "scalar";
  readonly value: unknown;
  /** The value holds that of an environment variable: whether it is text is told by what may stand there. */
  readonly isSubstituted?: boolean;
  readonly origin: Origin;
}

interface WrittenList {
  readonly kind: "list";
  readonly items: Written[];
  readonly origin: Origin;
}

export interface WrittenMap {
  readonly kind: "map";
  readonly entries: Map<string, WrittenEntry>;
  readonly origin: Origin;
}

export interface WrittenEntry {
  /** Of the name. */
  readonly origin: Origin;
  readonly value: Written;
}

/** Names, and the places in lists: `["listeners", 0, "port"]`. */
export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

export function emptyMap(origin: Origin): WrittenMap {
  return { kind: "map", entries: new Map(), origin };
}

/** Of plain data, all of it from one place. */
export function fromData(data: unknown, origin: Origin): Written {
  if (Array.isArray(data)) return { kind: "list", items: data.map((item) => fromData(item, origin)), origin };
  if (typeof data !== "object" || data === null) return { kind: "scalar", value: data, origin };
  const entries = Object.entries(data).map(
    ([name, value]) => [name, { origin, value: fromData(value, origin) }] as const,
  );
  return { kind: "map", entries: new Map(entries), origin };
}

/** As plain data. */
export function toData(written: Written): unknown {
  if (written.kind === "scalar") return written.value;
  if (written.kind === "list") return written.items.map(toData);
  return Object.fromEntries([...written.entries].map(([name, { value }]) => [name, toData(value)]));
}

/** What stands at a path; undefined where nothing does. */
export function writtenAt(root: Written, path: Path): Written | undefined {
  let at: Written | undefined = root;
  for (const part of path) {
    if (at?.kind === "map") at = at.entries.get(String(part))?.value;
    else at = at?.kind === "list" && typeof part === "number" ? at.items[part] : undefined;
  }
  return at;
}

/** The place to which a message about this path points: it, or what it is missing from. */
export function originOf(root: Written, path: Path): Origin {
  for (let length = path.length; length > 0; length--) {
    const found = writtenAt(root, path.slice(0, length));
    if (found !== undefined) return found.origin;
  }
  return root.origin;
}

/** The place of a name, rather than of its value. */
export function nameOrigin(root: Written, path: Path, name: string): Origin {
  const map = writtenAt(root, path);
  return (map?.kind === "map" ? map.entries.get(name)?.origin : undefined) ?? originOf(root, path);
}

/** Puts a value at a path, making the maps and lists on the way. Does nothing where a place in a list would leave a gap, or a scalar stands in the way. */
export function write(root: WrittenMap, path: Path, value: Written): boolean {
  const [name, ...rest] = path;
  return writePart(root, name ?? "", rest, value);
}

function writePart(at: Written, part: string | number, rest: Path, value: Written): boolean {
  const [next, ...beyond] = rest;
  const given = next === undefined ? value : (childOf(at, part) ?? emptyFor(next, value.origin));
  if (!put(at, part, given)) return false;
  return next === undefined || writePart(given, next, beyond, value);
}

function childOf(at: Written, part: string | number): Written | undefined {
  const child = writtenAt(at, [part]);
  return child?.kind === "scalar" ? undefined : child;
}

function emptyFor(next: string | number, origin: Origin): Written {
  return typeof next === "number" ? { kind: "list", items: [], origin } : emptyMap(origin);
}

function put(at: Written, part: string | number, value: Written): boolean {
  if (at.kind === "map") {
    at.entries.set(String(part), { origin: value.origin, value });
    return true;
  }
  if (at.kind === "scalar" || typeof part !== "number" || part > at.items.length) return false;
  at.items[part] = value;
  return true;
}
