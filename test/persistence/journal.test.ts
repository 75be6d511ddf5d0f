import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { Database } from "../../src/persistence/disk/database.ts";
import { Journal } from "../../src/persistence/disk/journal.ts";
import { openSettled } from "../../src/persistence/disk/unsettled.ts";
import { message, openStore, sequencesOf, temporaryDirectory } from "./support/store.ts";

/** The directory as a kill would leave it: the journal has what no transaction has yet. */
function leftByKill(directory: string): string {
  const copy = temporaryDirectory();
  for (const name of ["data.mdb", "journal.bin"]) cpSync(join(directory, name), join(copy, name));
  return copy;
}

it("what only the journal holds is applied once, references included", async () => {
  const directory = temporaryDirectory();
  const { disk } = await openStore(directory);
  const batch = new Batch();
  const shared = message("a", "b");
  batch.putMessage(1, 2, shared);
  for (const sequence of [1, 2]) batch.putDelivery(1, sequence, 1, false, undefined, undefined, 1, shared);
  await disk.write(batch, "commit");
  const copy = leftByKill(directory);

  const again = (await openStore(copy)).disk;
  expect(await sequencesOf(again, 1)).toEqual([1, 2]);
  for (const sequence of [1, 2]) {
    batch.deleteDelivery(1, sequence);
    batch.addReferences(1, -1);
  }
  await again.write(batch, "fsync");
  await again.close();

  const database = new Database(join(copy, "data.mdb"));
  expect([...database.tables.messages.getKeys()]).toEqual([]);
  expect([...database.tables.references.getKeys()]).toEqual([]);
  await database.close();
});

/** Three groups that only the journal holds: the deliveries 1, 2 and 3. */
async function threeGroups(): Promise<{ directory: string; journal: string }> {
  const directory = temporaryDirectory();
  const { disk } = await openStore(directory);
  const batch = new Batch();
  for (const sequence of [1, 2, 3]) {
    batch.putDelivery(1, sequence, 1, false, undefined, undefined, 0, message("a", "b"));
    await disk.write(batch, "commit");
  }
  const copy = leftByKill(directory);
  return { directory: copy, journal: join(copy, "journal.bin") };
}

function flipped(whole: Buffer, bit: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return bytes;
}

function endOf(path: string) {
  const journal = new Journal(path, "r");
  const end = journal.end();
  journal.close();
  return end;
}

it("any wrong bit is damage; an end that was not written is none", async () => {
  const { journal } = await threeGroups();
  const whole = readFileSync(journal);
  const unseen = Array.from({ length: whole.length * 8 }, (_, bit) => bit).filter((bit) => {
    writeFileSync(journal, flipped(whole, bit));
    return !endOf(journal).isDamaged;
  });
  expect(unseen).toEqual([]);
  for (let cut = 0; cut <= whole.length; cut++) {
    writeFileSync(journal, whole.subarray(0, cut));
    expect(endOf(journal)).toMatchObject({ number: Math.floor((cut * 3) / whole.length), isDamaged: false });
  }
});

it("a damaged journal is refused, and set aside by a repair, which keeps what stands before the damage", async () => {
  const { directory, journal } = await threeGroups();
  const whole = readFileSync(journal);
  const damaged = flipped(whole, whole.length * 4);
  writeFileSync(journal, damaged);
  const damage = `its last ${(whole.length * 2) / 3} bytes cannot be read`;
  const refusal = { code: "ERR_STORE_DAMAGED", message: expect.stringContaining(`journal.bin is damaged (${damage})`) };
  await expect(openStore(directory)).rejects.toMatchObject(refusal);
  await expect(openSettled(directory)).rejects.toMatchObject(refusal);
  expect(readFileSync(journal)).toEqual(damaged);

  const { disk } = await openStore(directory, true);
  expect(await sequencesOf(disk, 1)).toEqual([1]);
  expect(disk.repaired).toMatchObject({ damage: `journal.bin: ${damage}` });
  expect(readFileSync(disk.repaired?.setAside ?? "")).toEqual(damaged);
});

it("who reads the journal of a broker that clears it meanwhile is told of no more", async () => {
  const { journal } = await threeGroups();
  const reader = new Journal(journal, "r");
  const entries = reader.entries(0);
  expect(entries.next().value).toMatchObject({ number: 1 });
  truncateSync(journal, 0);
  expect(entries.next().done).toBe(true);
  reader.close();
});

it("a journal that ends in zeros, as a power cut may leave it, is in order", async () => {
  const { directory, journal } = await threeGroups();
  const whole = readFileSync(journal);
  const entry = whole.length / 3;
  const left = Buffer.alloc(8_192);
  whole.copy(left, 0, 0, 2 * entry + 25);
  writeFileSync(journal, left);
  const { disk } = await openStore(directory);
  expect(await sequencesOf(disk, 1)).toEqual([1, 2]);
});

it("zeros inside of a sector, or with something behind them, are damage", async () => {
  for (const [from, to] of [
    [30, 50],
    [0, 20],
  ]) {
    const { directory, journal } = await threeGroups();
    const damaged = Buffer.concat([readFileSync(journal), Buffer.alloc(2_000), Buffer.of(1)]);
    writeFileSync(journal, damaged.fill(0, from, to));
    await expect(openStore(directory)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  }
});
