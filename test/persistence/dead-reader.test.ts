import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/persistence/disk/database.ts";
import { u64 } from "../../src/persistence/disk/numbers.ts";
import { createStore } from "../../src/persistence/disk/open-store.ts";
import { Program } from "../support/program.ts";
import { temporaryDirectory } from "./support/store.ts";

const READER = fileURLToPath(new URL("child/reader.js", import.meta.url));

it("a process that is killed while it reads the store does not make the file grow for ever", async () => {
  const directory = temporaryDirectory();
  await createStore(directory, async () => {});
  const path = join(directory, "data.mdb");
  const database = new Database(path);
  onTestFinished(() => database.close());
  const write = (transactions: number): number => {
    for (let number = 0; number < transactions; number++) {
      database.transaction(() => {
        database.tables.messages.put(u64(number % 10), Buffer.alloc(1_000, number));
      });
    }
    return statSync(path).size;
  };
  const reader = new Program(process.execPath, [READER, directory]);
  await reader.line("a snapshot", (line) => line === "open" || undefined);
  const before = write(100);
  await reader.kill();
  const whileHeld = write(1_000);
  expect(whileHeld).toBeGreaterThan(before * 2);
  expect(write(500)).toBe(whileHeld);
});
