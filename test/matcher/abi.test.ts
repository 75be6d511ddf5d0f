import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/**
 * A host that knows docs/matcher-abi.md and nothing else: each number here stands there. What it calls is looked up by name, as a host
 * in C, Rust or Go would do it.
 */
class Host {
  readonly memory: WebAssembly.Memory;
  readonly #functions: Record<string, (...args: number[]) => number>;

  constructor(file: string, maximumPages: number) {
    const module = new WebAssembly.Module(readFileSync(new URL(`../../dist/wasm/${file}`, import.meta.url)));
    this.memory = new WebAssembly.Memory({ initial: 4, maximum: maximumPages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.#functions = exports as Record<string, (...args: number[]) => number>;
  }

  call(name: string, ...args: number[]): number {
    const exported = this.#functions[name];
    if (exported === undefined) throw new Error(`${name} is not exported`);
    return exported(...args);
  }

  /** An unsigned 32-bit word at a byte address. */
  word(address: number): number {
    return new DataView(this.memory.buffer).getUint32(address, true);
  }

  words(address: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.word(address + i * 4));
  }

  /** Puts a text where calls read it. */
  put(text: string | Uint8Array): [at: number, length: number] {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const at = this.call("argumentReserve", bytes.length) >>> 0;
    if (at === 0) throw new Error("out of memory");
    new Uint8Array(this.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }

  /** What `entryText` wrote. */
  text(trie: number, entry: number): string {
    const length = this.call("entryText", trie, entry);
    const at = this.call("argumentReserve", 0) >>> 0;
    return new TextDecoder().decode(new Uint8Array(this.memory.buffer).slice(at, at + length));
  }

  match(matcher: number, topic: string): number[] | { status: number } {
    const status = this.call("matcherMatch", matcher, ...this.put(topic));
    const result = this.call("resultAddress") >>> 0;
    return status === 0
      ? this.words(this.word(result + 12) * 4, this.word(result + 16)).sort((a, b) => a - b)
      : { status };
  }
}

test("each export has its line in docs/matcher-abi.md", () => {
  const page = readFileSync(new URL("../../docs/matcher-abi.md", import.meta.url), "utf8");
  const described = [...page.matchAll(/`(\w+)\([^`]*\)`(?=.* \|)/g)].map(([, name]) => name);
  const module = new WebAssembly.Module(readFileSync(new URL("../../dist/wasm/matcher.wasm", import.meta.url)));
  const exported = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  expect([...new Set(described)].sort()).toEqual(exported.map(({ name }) => name).sort());
});

describe.each(["matcher.wasm", "matcher.debug.wasm"])("%s by its ABI alone", (file) => {
  function start(maximumPages = 64): { host: Host; matcher: number; filters: number } {
    const host = new Host(file, maximumPages);
    expect(host.call("initialize", 1, 2)).toBe(0);
    const matcher = host.call("matcherCreate") >>> 0;
    expect(matcher).toBeGreaterThan(0);
    return { host, matcher, filters: host.call("matcherTrie", matcher) >>> 0 };
  }

  test("adds, matches, finds and removes", () => {
    const { host, matcher, filters } = start();
    expect(host.call("matcherAdd", matcher, ...host.put("a/+"), 7)).toBe(1);
    expect(host.call("matcherAdd", matcher, ...host.put("a/+"), 7)).toBe(0);
    expect(host.call("matcherAdd", matcher, ...host.put("a/#"), 7)).toBe(1);
    expect(host.call("matcherAdd", matcher, ...host.put("#"), 0xffffffff)).toBe(1);
    expect(host.match(matcher, "a/b")).toEqual([7, 0xffffffff]);
    expect(host.match(matcher, "a")).toEqual([7, 0xffffffff]);
    expect(host.match(matcher, "$SYS/x")).toEqual([]);
    expect(host.call("matcherFind", matcher, ...host.put("a/+"), 7)).toBeGreaterThan(0);
    expect(host.call("matcherFind", matcher, ...host.put("a/+"), 8)).toBe(0);
    expect(host.call("matcherRemove", matcher, ...host.put("a/+"), 7)).toBe(1);
    expect(host.call("matcherRemove", matcher, ...host.put("a/+"), 7)).toBe(0);
    expect(host.call("trieFind", filters, ...host.put("a/+"))).toBe(0);
    expect([host.call("trieEntries", filters), host.call("trieNodes", filters)]).toEqual([2, 1]);
    host.call("matcherClear", matcher);
    expect([host.call("trieEntries", filters), host.call("trieNodes", filters)]).toEqual([0, 0]);
    expect(host.match(matcher, "a/b")).toEqual([]);
  });

  test("reads its filters back", () => {
    const { host, matcher, filters } = start();
    const given = ["#", "/", "+/+", "a", "a/#", "a/", "/a", "é/日本/+", "a-level-longer-than-twelve-bytes/x/#"];
    for (const [id, filter] of given.entries()) host.call("matcherAdd", matcher, ...host.put(filter), id);
    host.call("matcherAdd", matcher, ...host.put("a"), 100);
    const found = new Map<string, number[]>();
    for (let first = 1, rest = host.call("trieEntries", filters); rest > 0; first++) {
      const text = host.text(filters, first);
      if (text === "") continue;
      const ids: number[] = [];
      for (let entry = first; entry !== 0; entry = host.call("entryNext", filters, entry)) {
        ids.push(host.call("entryTarget", filters, entry) >>> 0);
        rest--;
      }
      found.set(text, ids.sort());
    }
    const expected = given.map((filter, id): [string, number[]] => [filter, filter === "a" ? [100, id] : [id]]);
    expect(found).toEqual(new Map(expected));
  });

  test("stores topic names and walks those that match a filter", () => {
    const { host } = start();
    const topics = host.call("trieCreate") >>> 0;
    const names = Array.from({ length: 3000 }, (_, i) => `a/${i}`);
    for (const name of names) expect(host.call("trieInsertName", topics, ...host.put(name))).toBeGreaterThan(0);
    host.call("trieInsertName", topics, ...host.put("b/1"));
    const cursor = host.call("walkOpen", topics, ...host.put("a/+"));
    expect(cursor).toBeGreaterThan(0);
    const result = host.call("resultAddress") >>> 0;
    const found: string[] = [];
    do {
      const count = host.call("walkNext", cursor, 700);
      expect(count).toBeLessThanOrEqual(700);
      for (const entry of host.words(host.word(result + 24) * 4, count)) found.push(host.text(topics, entry));
    } while (host.word(result + 28) === 0);
    host.call("walkClose", cursor);
    expect(found.sort()).toEqual(names.sort());
    const entry = host.call("trieFind", topics, ...host.put("b/1"));
    host.call("trieRemove", topics, entry);
    expect(host.call("trieFind", topics, ...host.put("b/1"))).toBe(0);
    expect(host.call("trieEntries", topics)).toBe(3000);
  });

  test.each([
    ["", 13, 13],
    ["a+", 12, 15],
    ["a/#/b", 12, 15],
    ["a\0", 11, 11],
    ["/".repeat(128), 14, 14],
    ["a".repeat(65536), 8, 8],
  ])("tells by its status why it refuses %j", (text, nameStatus, filterStatus) => {
    const { host, matcher } = start();
    expect(host.call("checkTopicName", ...host.put(text))).toBe(nameStatus);
    expect(host.call("checkTopicFilter", ...host.put(text))).toBe(filterStatus);
    expect(host.call("matcherAdd", matcher, ...host.put(text), 1)).toBe(-filterStatus);
    expect(host.call("matcherRemove", matcher, ...host.put(text), 1)).toBe(-filterStatus);
    expect(host.match(matcher, text)).toEqual({ status: nameStatus });
    expect(host.call("walkOpen", matcher, ...host.put(text))).toBe(-filterStatus);
  });

  test("tells malformed UTF-8", () => {
    const { host, matcher } = start();
    expect(host.call("matcherAdd", matcher, ...host.put(Uint8Array.of(0x61, 0xff)), 1)).toBe(-10);
  });

  test("out of memory, it answers so and goes on with what there is", () => {
    const { host, matcher, filters } = start(5);
    let status = 1;
    for (let id = 0; status === 1; id++) status = host.call("matcherAdd", matcher, ...host.put(`filter/${id}/x`), id);
    expect(status).toBe(-17);
    const entries = host.call("trieEntries", filters);
    expect(entries).toBeGreaterThan(100);
    expect(host.match(matcher, "filter/0/x")).toEqual([0]);
    host.call("matcherClear", matcher);
    expect(host.call("matcherAdd", matcher, ...host.put("a/b"), 1)).toBe(1);
  });
});
