import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Audit } from "../../src/persistence/disk/audit.ts";
import { Snapshot } from "../../src/persistence/disk/snapshot.ts";
import { exportStore } from "../../src/store-command/export.ts";
import { importStore } from "../../src/store-command/import.ts";
import { canonical, storeLines, textOf } from "../support/store-lines.ts";

const HEADER = '{"ternmq-store":1,"format":1,"counters":{"owner":2,"sequence":200,"message":9}}';
const END = '{"table":"end"}';

/** Imports the lines into a new store, and exports that. */
async function passedOn(directory: string, name: string, text: string): Promise<string> {
  const file = join(directory, `${name}.jsonl`);
  writeFileSync(file, text);
  const store = join(directory, name);
  await importStore(store, file);
  await exportStore(store, file);
  return readFileSync(file, "utf8");
}

async function problemsOf(directory: string): Promise<string[]> {
  const snapshot = await Snapshot.open(directory);
  try {
    return [...new Audit(snapshot).problems()];
  } finally {
    await snapshot.close();
  }
}

it("what is imported is exported again, line by line, and the store is sound", async () => {
  const check = fc.asyncProperty(storeLines, async (lines) => {
    const directory = mkdtempSync(join(tmpdir(), "ternmq-export-"));
    try {
      const texts = lines.map(textOf);
      const first = await passedOn(directory, "first", `${[HEADER, ...texts, END].join("\n")}\n`);
      const between = first.trimEnd().split("\n").slice(1, -1);
      expect(between.map((line) => canonical(JSON.parse(line))).sort()).toEqual(texts.sort());
      expect(await problemsOf(join(directory, "first"))).toEqual([]);
      expect(await passedOn(directory, "second", first)).toBe(first);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
  await fc.assert(check, { numRuns: 25 });
});
