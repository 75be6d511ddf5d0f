import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { Database } from "../../src/persistence/disk/database.ts";
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
