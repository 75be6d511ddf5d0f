import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { Database } from "../../src/persistence/disk/database.ts";
import { Journal } from "../../src/persistence/disk/journal.ts";
import { fetchDeliveries } from "../../src/persistence/disk/load.ts";
import { openStore } from "../../src/persistence/disk/open-store.ts";
import type { Writer } from "../../src/persistence/disk/writer.ts";
import { message, openStore as openDisk, sequencesOf, temporaryDirectory } from "./support/store.ts";

async function openWriter(): Promise<{ writer: Writer; directory: string }> {
  const directory = temporaryDirectory();
  const { writer } = await openStore(directory, false);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return { writer, directory };
}

function deliveries(...sequences: number[]): Uint8Array<ArrayBuffer> {
  const batch = new Batch();
  for (const sequence of sequences) {
    batch.putDelivery(1, sequence, 1, false, undefined, undefined, 0, message("a", "b"));
  }
  return batch.take();
}

function failTransactions(): void {
  vi.spyOn(Database.prototype, "transaction").mockImplementation(() => {
    throw Object.assign(new Error("no room"), { code: "ENOSPC" });
  });
}

it("what is in the tables counts as written, and once, though the journal cannot be cleared", async () => {
  const { writer, directory } = await openWriter();
  const batch = new Batch();
  const shared = message("a", "b");
  batch.putMessage(1, 2, shared);
  for (const sequence of [1, 2]) batch.putDelivery(1, sequence, 1, false, undefined, undefined, 1, shared);
  const fail = vi.spyOn(Journal.prototype, "clear").mockImplementation(() => {
    throw Object.assign(new Error("it cannot be cut off"), { code: "EIO" });
  });
  await writer.write(batch.take(), "commit");
  await writer.write(deliveries(3), "fsync");
  await writer.write(deliveries(4), "commit");
  await writer.close();
  fail.mockRestore();

  const again = await openStore(directory, false);
  expect(await again.writer.read(({ references }) => references.get(Buffer.from("0000000000000001", "hex")))).toEqual(
    Buffer.from("00000002", "hex"),
  );
  await again.writer.close();
  expect(await sequencesOf((await openDisk(directory)).disk, 1)).toEqual([1, 2, 3, 4]);
});

it("reads what only the journal holds where the tables cannot be written", async () => {
  const { writer } = await openWriter();
  await writer.write(deliveries(1), "fsync");
  failTransactions();
  await writer.write(deliveries(2, 3), "commit");
  const rows = () => writer.read((tables) => fetchDeliveries(tables, 1, 0, 10).rows);
  expect([await rows(), await rows()]).toEqual([3, 3]);
  vi.restoreAllMocks();
  expect(await rows()).toBe(3);
  await writer.close();
});

it("says at the end what stays in the journal, which the next start takes", async () => {
  const { writer, directory } = await openWriter();
  failTransactions();
  await writer.write(deliveries(1, 2), "commit");
  await expect(writer.close()).rejects.toMatchObject({
    code: "ERR_STORE_FULL",
    message: expect.stringMatching(/\d+ bytes that were acknowledged stay in the journal/),
  });
  vi.restoreAllMocks();
  expect(await sequencesOf((await openDisk(directory)).disk, 1)).toEqual([1, 2]);
});

it("opens the tables anew only when they are closed after a failure", async () => {
  const { writer } = await openWriter();
  await writer.write(deliveries(1), "fsync");
  failTransactions();
  const { close } = Database.prototype;
  let release: () => void = () => {};
  const closing = new Promise<void>((resolve) => {
    vi.spyOn(Database.prototype, "close").mockImplementationOnce(async function (this: Database) {
      resolve();
      await new Promise<void>((go) => {
        release = go;
      });
      await close.call(this);
    });
  });
  const read = vi.fn();
  await writer.write(deliveries(2), "commit");
  await closing;
  const done = writer.read(read);
  await new Promise(setImmediate);
  expect(read).not.toHaveBeenCalled();
  release();
  await done;
  expect(read).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
  await writer.close();
});

it.each([
  ["fsync", "data.mdb"],
  ["commit", "data.mdb"],
  ["commit", "journal.bin"],
] as const)("at %s nothing counts as kept while %s is gone, or is another file", async (level, name) => {
  const { writer, directory } = await openWriter();
  const [path, elsewhere] = [join(directory, name), join(directory, "elsewhere")];
  const other = await openWriter();
  await other.writer.close();
  renameSync(path, elsewhere);
  await expect(writer.write(deliveries(1), level)).rejects.toMatchObject({
    code: "ERR_STORE_FAILED",
    message: `${path} is gone: put that back, or start the broker again`,
  });
  renameSync(join(other.directory, name), path);
  await expect(writer.write(deliveries(2), level)).rejects.toThrow(`${path} is another file`);
  renameSync(elsewhere, path);
  await writer.write(deliveries(3), level);
  await writer.close();
  expect(await sequencesOf((await openDisk(directory)).disk, 1)).toEqual([3]);
});

it("does not begin an empty store where the one that failed is gone", async () => {
  const { writer, directory } = await openWriter();
  failTransactions();
  await expect(writer.write(deliveries(1), "fsync")).rejects.toThrow("no room");
  vi.restoreAllMocks();
  const [path, elsewhere] = [join(directory, "data.mdb"), join(directory, "elsewhere")];
  renameSync(path, elsewhere);
  await expect(writer.write(deliveries(2), "fsync")).rejects.toThrow("data.mdb is gone");
  renameSync(elsewhere, path);
  await writer.write(deliveries(3), "fsync");
  await writer.close();
  expect(await sequencesOf((await openDisk(directory)).disk, 1)).toEqual([3]);
});
