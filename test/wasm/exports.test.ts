import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import asc from "assemblyscript/asc";
import { describe, expect, test } from "vitest";

const BOTH_EXPORT = [
  "argumentReserve",
  "bytesInUse",
  "checkTopicFilter",
  "checkTopicName",
  "initialize",
  "memory",
  "resultAddress",
  "trieCreate",
  "trieEntries",
  "trieFind",
  "trieInsertName",
  "trieNodes",
  "trieRemove",
  "walkClose",
  "walkNext",
  "walkOpen",
];
const MATCHER_EXPORTS = [
  ...BOTH_EXPORT,
  "entryNext",
  "entryTarget",
  "entryText",
  "matcherAdd",
  "matcherClear",
  "matcherCreate",
  "matcherFind",
  "matcherMatch",
  "matcherRemove",
  "matcherTrie",
].sort();
const CORE_EXPORTS = [
  ...BOTH_EXPORT,
  "checkUtf8",
  "frame",
  "inputReserve",
  "limitLevels",
  "recordsAddress",
  "routesAgain",
  "routesOf",
  "routesPlace",
  "routesPosition",
  "subscriptions",
  "trieFindTarget",
  "trieInsert",
  "trieMatch",
  "trieText",
].sort();

/** Bytes: a budget to notice growth by; 8 kB of matcher.wasm are promised (docs/matcher.md). */
const MODULES = [
  ["core", "core.wasm", "assembly/index.ts", CORE_EXPORTS, 14_000],
  ["core-debug", "core.debug.wasm", "assembly/index.ts", CORE_EXPORTS, 48_000],
  ["matcher", "matcher.wasm", "assembly/matcher.ts", MATCHER_EXPORTS, 8000],
  ["matcher-debug", "matcher.debug.wasm", "assembly/matcher.ts", MATCHER_EXPORTS, 38_000],
] as const;

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe.each(MODULES)("%s", (target, file, entry, exported, budget) => {
  const bytes = readFileSync(createRequire(import.meta.url).resolve(`#wasm/${file}`));

  test("imports its memory and nothing else, and exports what is agreed", () => {
    const module = new WebAssembly.Module(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(exported);
  });

  test("stays within its budget of bytes", () => {
    expect(bytes.length).toBeLessThanOrEqual(budget);
  });

  test("is built to the same bytes again", async () => {
    const build = async () => {
      const written: Uint8Array[] = [];
      const transform = target === "matcher" ? ["--transform", "./tools/matcher/inline-hot.js"] : [];
      const { error } = await asc.main([entry, "--target", target, ...transform, "--outFile", "again.wasm"], {
        writeFile: (_name, contents) => {
          if (typeof contents !== "string") written.push(contents);
        },
      });
      expect(error).toBeNull();
      return written.map(digest);
    };
    expect(await build()).toEqual([digest(bytes)]);
    expect(await build()).toEqual([digest(bytes)]);
  });
});
