import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { Database } from "../../src/persistence/disk/database.ts";
import { openStore } from "../../src/persistence/disk/open-store.ts";
import { message, openStore as openDisk, sequencesOf, temporaryDirectory } from "./support/store.ts";

type Fs = typeof import("node:fs");

const disk = vi.hoisted(() => ({ saysItIsFull: false, isFull: false }));

vi.mock("node:fs", async (original) => {
  const real = await original<Fs>();
  const unlessFull = <T>(action: T): T => {
    if (disk.isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    return action;
  };
  return {
    ...real,
    statfsSync: (path: string) => ({ ...real.statfsSync(path), ...(disk.saysItIsFull && { bavail: 0 }) }),
    writeSync: (...given: Parameters<Fs["writeSync"]>) => unlessFull(real.writeSync)(...given),
    writeFileSync: (...given: Parameters<Fs["writeFileSync"]>) => unlessFull(real.writeFileSync)(...given),
  };
});

function deliveries(first: number, last: number): Uint8Array<ArrayBuffer> {
  const batch = new Batch();
  const shown = message("a", Buffer.alloc(2_000));
  for (let sequence = first; sequence <= last; sequence++) {
    batch.putDelivery(1, sequence, 1, false, undefined, undefined, 0, shown);
  }
  return batch.take();
}

beforeEach(() => {
  Object.assign(disk, { saysItIsFull: false, isFull: false });
});

it("takes the room for a transaction beforehand, and leaves LMDB alone where there is none", async () => {
  const directory = temporaryDirectory();
  const { writer } = await openStore(directory, false);
  const size = () => statSync(join(directory, "data.mdb")).size;
  await writer.write(deliveries(1, 10), "fsync");
  const before = size();
  expect(before).toBeLessThan(200_000);

  disk.saysItIsFull = true;
  await writer.write(deliveries(11, 20), "fsync");
  expect(size()).toBeGreaterThan(before + 400_000);

  disk.isFull = true;
  const transaction = vi.spyOn(Database.prototype, "transaction");
  await expect(writer.write(deliveries(21, 200), "fsync")).rejects.toMatchObject({ code: "ENOSPC" });
  expect(transaction).not.toHaveBeenCalled();

  transaction.mockRestore();
  disk.isFull = false;
  await writer.write(deliveries(21, 200), "fsync");
  await writer.close();
  expect(await sequencesOf((await openDisk(directory)).disk, 1)).toHaveLength(200);
});

it("begins no store where there is no room for one, and leaves nothing behind", async () => {
  const directory = temporaryDirectory();
  disk.isFull = true;
  await expect(openStore(directory, false)).rejects.toMatchObject({ code: "ENOSPC" });
  expect(readdirSync(directory)).toEqual([]);
});
