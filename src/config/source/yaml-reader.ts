import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Origin } from "./origin.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { type Environment, substitute } from "./substitute.ts";
import { emptyMap, type Written, type WrittenEntry, type WrittenMap } from "./written.ts";

/** Aliases can make much of little; beyond so many nodes by them nobody meant it. */
const MOST_REPEATED_NODES = 20_000;
const MERGE = "<<";

/** What a file says, and what of it cannot be followed. */
export interface Reading {
  readonly root: WrittenMap;
  readonly problems: readonly Problem[];
}

/** Makes of a YAML document what it says, with a place for each part. Aliases and merge keys (`<<`) stand for what they refer to. */
export class YamlReader {
  readonly #document: Document.Parsed;
  readonly #environment: Environment | undefined;
  readonly #originAt: (offset: number) => Origin;
  readonly #problems: Problem[] = [];
  /** The aliases that are being followed. */
  readonly #following = new Set<Node>();
  #repeatedNodes = 0;

  /** @param environment of `${NAME}`; undefined: that is text like any other */
  constructor(document: Document.Parsed, environment: Environment | undefined, originAt: (offset: number) => Origin) {
    this.#document = document;
    this.#environment = environment;
    this.#originAt = originAt;
  }

  /** @throws {ConfigError} where it is too large */
  read(): Reading {
    const { contents } = this.#document;
    const root = contents === null ? emptyMap(this.#originAt(0)) : this.#node(contents);
    if (root.kind === "map") return { root, problems: this.#problems };
    const isEmpty = root.kind === "scalar" && root.value === null;
    if (!isEmpty) this.#wrong(root.origin, "a configuration is made of options, each as `name: value`");
    return { root: emptyMap(root.origin), problems: this.#problems };
  }

  /** Whatever it is. @throws {ConfigError} where it is too large, or refers to what is not there */
  readValue(): Written {
    const { contents } = this.#document;
    const value = contents === null ? this.#absent(this.#originAt(0)) : this.#node(contents);
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    return value;
  }

  #wrong(origin: Origin, message: string): void {
    this.#problems.push({ origin, message });
  }

  #node(node: Node): Written {
    const origin = this.#originAt(node.range?.[0] ?? 0);
    if (this.#following.size > 0 && ++this.#repeatedNodes > MOST_REPEATED_NODES)
      throw new ConfigError([{ origin, message: "aliases make this too large" }]);
    if (isAlias(node)) return this.#followed(node, origin);
    if (isSeq(node)) return { kind: "list", items: node.items.map((item) => this.#node(item as Node)), origin };
    if (isMap(node)) return this.#map(node, origin);
    return isScalar(node) ? this.#scalar(node, origin) : this.#absent(origin);
  }

  #followed(alias: Alias, origin: Origin): Written {
    const target = alias.resolve(this.#document);
    if (target === undefined || this.#following.has(target)) {
      const { source } = alias;
      this.#wrong(
        origin,
        target === undefined ? `there is no &${source} before this` : `*${source} is inside of itself`,
      );
      return emptyMap(origin);
    }
    this.#following.add(target);
    const written = this.#node(target);
    this.#following.delete(target);
    return written;
  }

  #scalar({ value }: Scalar, origin: Origin): Written {
    const environment = this.#environment;
    if (typeof value !== "string" || environment === undefined) return { kind: "scalar", value, origin };
    const { text, isChanged, failures } = substitute(value, environment);
    for (const failure of failures) this.#wrong(origin, failure);
    return { kind: "scalar", value: text, isSubstituted: isChanged, origin };
  }

  #map(map: YAMLMap, origin: Origin): WrittenMap {
    const own = new Map<string, WrittenEntry>();
    const merged = new Map<string, WrittenEntry>();
    for (const pair of map.items as Pair<Node, Node | null>[]) this.#pair(pair, own, merged);
    for (const [name, entry] of merged) if (!own.has(name)) own.set(name, entry);
    return { kind: "map", entries: own, origin };
  }

  #pair(
    { key, value }: Pair<Node, Node | null>,
    own: Map<string, WrittenEntry>,
    merged: Map<string, WrittenEntry>,
  ): void {
    const origin = this.#originAt(key.range?.[0] ?? 0);
    if (!isScalar(key)) this.#wrong(origin, "the name of an option is a word");
    else if (key.value === MERGE || typeof key.value === "symbol") this.#merge(value, origin, merged);
    else own.set(String(key.value), { origin, value: value === null ? this.#absent(origin) : this.#node(value) });
  }

  #absent(origin: Origin): Written {
    return { kind: "scalar", value: null, origin };
  }

  /** Of several maps that are merged the first counts. */
  #merge(value: Node | null, origin: Origin, merged: Map<string, WrittenEntry>): void {
    const written = value === null ? this.#absent(origin) : this.#node(value);
    for (const map of written.kind === "list" ? written.items : [written]) {
      if (map.kind !== "map") this.#wrong(origin, "<< takes an alias of options, as in <<: *name");
      else for (const [name, entry] of map.entries) if (!merged.has(name)) merged.set(name, entry);
    }
  }
}
