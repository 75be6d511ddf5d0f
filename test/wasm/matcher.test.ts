import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, test } from "vitest";
import { RESULT_ROUTE_COUNT, RESULT_ROUTES, RESULT_WALK } from "../../assembly/shared/results.ts";
import { INVALID_WILDCARD } from "../../assembly/shared/status.ts";
import type { CoreExports } from "../../src/wasm/module.ts";

type MatcherExports = Omit<CoreExports, "frame" | "inputReserve" | "recordsAddress" | "subscriptions">;

describe.each(["matcher", "matcher.debug"])("%s.wasm alone", (name) => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 64 });
  const bytes = readFileSync(createRequire(import.meta.url).resolve(`#wasm/${name}.wasm`));
  const { exports } = instantiateSync<MatcherExports & Record<string, unknown>>(bytes, { env: { memory } });
  exports.initialize(1, 2);

  /** Puts a string where a call reads it. */
  function put(text: string): [at: number, length: number] {
    const at = exports.argumentReserve(text.length);
    new Uint8Array(memory.buffer).set(Buffer.from(text), at);
    return [at, text.length];
  }

  function words(first: number, count: number): number[] {
    return Array.from(new Uint32Array(memory.buffer).subarray(first, first + count));
  }

  const result = () => words(exports.resultAddress() / 4, 8);

  test("holds several tries apart, matches and walks them", () => {
    const filters = exports.trieCreate();
    const names = exports.trieCreate();
    const entry = exports.trieInsert(filters, ...put("a/+"), 7);
    expect(exports.trieInsert(filters, ...put("a+"), 7)).toBe(-INVALID_WILDCARD);
    const name = exports.trieInsertName(names, ...put("a/b"));
    expect(exports.trieMatch(filters, ...put("a/b"))).toBe(0);
    expect(words(result()[RESULT_ROUTES] ?? 0, result()[RESULT_ROUTE_COUNT] ?? 0)).toEqual([entry]);
    expect(exports.trieMatch(names, ...put("a/c"))).toBe(0);
    expect(result()[RESULT_ROUTE_COUNT]).toBe(0);
    const cursor = exports.walkOpen(names, ...put("a/#"));
    expect(exports.walkNext(cursor, 10)).toBe(1);
    expect(words(result()[RESULT_WALK] ?? 0, 1)).toEqual([name]);
    exports.walkClose(cursor);
    exports.trieRemove(filters, entry);
    expect(exports.trieFind(filters, ...put("a/+"))).toBe(0);
    expect([exports.trieEntries(filters), exports.trieNodes(filters), exports.trieEntries(names)]).toEqual([0, 0, 1]);
  });
});
