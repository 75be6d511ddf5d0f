import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { checkFile } from "../../src/persistence/disk/check.ts";
import { Database } from "../../src/persistence/disk/database.ts";
import { type Disk, openDisk } from "../../src/persistence/disk/disk.ts";
import type { TABLES } from "../../src/persistence/disk/operations.ts";
import { DELIVERY_UNDER_WAY } from "../../src/persistence/rows.ts";
import { type Places, placesOf } from "./support/places.ts";
import {
  makeDirectory,
  message,
  openStore,
  Recorder,
  sequencesOf,
  session,
  temporaryDirectory,
} from "./support/store.ts";

const OWNERS = 40;
const ROUNDS = 15;
const RUNS = 12;
const PAGE = 4096;
const USE_STORE = fileURLToPath(new URL("child/use-store.js", import.meta.url));
/** Milliseconds: what takes longer hangs. */
const LONGEST_USE = 30_000;
const run = promisify(execFile);

/** A store that was in use: each owner has a delivery with a message of its own, a large one and a shared one for each round but the first. */
async function fill(disk: Disk): Promise<void> {
  const batch = new Batch();
  let number = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let owner = 1; owner <= OWNERS; owner++) {
      const shared = message(`retained/${owner}/${round}`, "x".repeat(100));
      const large = message("large", "y".repeat(owner % 10 === 0 ? 9_000 : 50));
      batch.putSession(session(owner));
      number += 1;
      batch.putMessage(number, 2, shared);
      batch.putRetained(shared.topic, number);
      batch.putDelivery(owner, number * 2, 1, false, undefined, undefined, number, shared);
      batch.putDelivery(owner, number * 2 + 1, 1, false, undefined, undefined, 0, large);
      batch.putExchange(owner, round + 1, DELIVERY_UNDER_WAY, number * 2);
      if (round === 0) batch.deleteDelivery(owner, number * 2 + 1);
    }
    await disk.write(batch, "fsync");
  }
}

let sound = Buffer.alloc(0);
let places: Places;

function flipped(at: number, bit: number): Buffer {
  const bad = Buffer.from(sound);
  bad.writeUInt8(bad.readUInt8(at) ^ (1 << bit), at);
  return bad;
}

function damagedStore(bytes: Buffer): string {
  const directory = join(temporaryDirectory(), "data");
  mkdirSync(directory);
  writeFileSync(join(directory, "data.mdb"), bytes);
  return directory;
}

/** A closed store with what its journal was before that was empty again. */
async function storeWithJournal(): Promise<{ directory: string; path: string; journal: Buffer }> {
  const directory = temporaryDirectory();
  const path = join(directory, "journal.bin");
  const { disk } = await openStore(directory);
  const batch = new Batch();
  batch.putDelivery(1, 1, 1, false, undefined, undefined, 0, message("a", "b"));
  await disk.write(batch, "commit");
  const journal = readFileSync(path);
  expect(journal.length).toBeGreaterThan(0);
  await disk.close();
  writeFileSync(path, journal);
  return { directory, path, journal };
}

async function totalDeliveries(disk: Disk): Promise<number> {
  let total = 0;
  for (let owner = 1; owner <= OWNERS; owner++) total += (await sequencesOf(disk, owner)).length;
  return total;
}

/** Uses it, in a process of its own, as LMDB may end the process; what is found damaged is repaired and has to be sound then. Returns what it was. */
async function useOrRepair(directory: string): Promise<"used" | "repaired"> {
  const path = join(directory, "data.mdb");
  const before = readFileSync(path);
  const { stdout } = await run(process.execPath, [USE_STORE, directory], { timeout: LONGEST_USE });
  const use = JSON.parse(stdout);
  if (use === "used") return use;
  expect(use).toEqual({ code: "ERR_STORE_DAMAGED", message: expect.stringMatching(/--repair/) });
  const { disk, told } = await openStore(directory, true);
  const report = disk.repaired;
  expect(await totalDeliveries(disk)).toBe(report?.tables.deliveries?.kept);
  expect(told.sessions).toHaveLength(report?.tables.sessions?.kept ?? -1);
  await disk.close();
  expect(checkFile(path)).toEqual([]);
  expect(readFileSync(report?.setAside ?? "")).toEqual(before);
  return "repaired";
}

beforeAll(async () => {
  const directory = makeDirectory();
  const disk = await openDisk(directory, { repair: false, visitor: new Recorder() });
  await fill(disk);
  await disk.close();
  const path = join(directory, "data.mdb");
  sound = readFileSync(path);
  places = placesOf(path);
  rmSync(directory, { recursive: true });
});

describe("a store that is cut off", () => {
  it.each([0, 1, 100, 4095, 4096, 8191, 8192, 20_000])(
    "at %i bytes is refused, and can be repaired",
    async (length) => {
      expect(await useOrRepair(damagedStore(sound.subarray(0, length)))).toBe("repaired");
    },
  );

  it("keeps about as much as is left of it", async () => {
    for (const part of [0.5, 0.9, 0.99]) {
      const directory = damagedStore(sound.subarray(0, Math.floor(sound.length * part)));
      const { disk } = await openStore(directory, true);
      const { kept = 0 } = disk.repaired?.tables.deliveries ?? {};
      expect(kept).toBeGreaterThan((part - 0.25) * OWNERS * (2 * ROUNDS - 1));
    }
  });
});

describe("a store with wrong bytes", () => {
  it("is read, or refused and repaired, wherever they are", { timeout: 120_000 }, async () => {
    const place = fc.record({ at: fc.nat(sound.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }) });
    const check = fc.asyncProperty(place, async ({ at, bytes }) => {
      const bad = Buffer.from(sound);
      bad.set(bytes.subarray(0, bad.length - at), at);
      await useOrRepair(damagedStore(bad));
    });
    await fc.assert(check, { numRuns: RUNS });
  });

  it.each([
    ["a meta page", 2, 200],
    ["the start of a page", undefined, 64],
  ])(
    "is read, or refused and repaired, when a bit of %s is wrong",
    { timeout: 120_000 },
    async (_where, pages, bytes) => {
      const page = fc.nat((pages ?? sound.length / PAGE) - 1);
      const bit = fc.record({ page, at: fc.nat(bytes - 1), bit: fc.nat(7) });
      const check = fc.asyncProperty(bit, async ({ page, at, bit }) => {
        await useOrRepair(damagedStore(flipped(page * PAGE + at, bit)));
      });
      await fc.assert(check, { numRuns: RUNS });
    },
  );

  it.each<[what: string, at: (places: Places) => number, bit: number, fault: RegExp]>([
    ["the version of the first meta page", () => 28, 0, /a meta page is broken/],
    ["the last page of the newest snapshot", ({ newestMeta }) => newestMeta + 150, 2, /beyond what is mapped/],
    ["the transaction of the previous snapshot", ({ previousMeta }) => previousMeta + 153, 1, /two transactions/],
    ["the transaction of a page", ({ root }) => root + 14, 0, /of a transaction that is to come/],
    ["the key of a branch", ({ branchKey }) => branchKey + 4, 7, /keys out of order/],
    ["a free page", ({ freePage }) => freePage + 5, 0, /is free and not there/],
  ])("is refused before LMDB dies of it, or takes it for true: %s", async (_what, at, bit, fault) => {
    const directory = damagedStore(flipped(at(places), bit));
    expect(checkFile(join(directory, "data.mdb"))).toEqual([expect.stringMatching(fault)]);
    expect(await useOrRepair(directory)).toBe("repaired");
  });

  it("loses only what stood on the broken page", async () => {
    const bad = Buffer.from(sound);
    for (let at = bad.indexOf("client-20"); at >= 0; at = bad.indexOf("client-20")) {
      bad.fill(0, at - (at % 4096), at - (at % 4096) + 4096);
    }
    const { disk } = await openStore(damagedStore(bad), true);
    const { sessions, messages } = disk.repaired?.tables ?? {};
    expect(sessions?.lost).toBeGreaterThan(0);
    expect(messages?.kept).toBeGreaterThan(0);
  });
});

describe("a row that cannot be read", () => {
  async function spoil(table: (typeof TABLES)[number], key: Buffer, value: Buffer): Promise<string> {
    const directory = damagedStore(sound);
    const database = new Database(join(directory, "data.mdb"));
    database.transaction(() => database.tables[table].put(key, value));
    await database.close();
    return directory;
  }

  it("is named at the start, with its table", async () => {
    const directory = await spoil("sessions", Buffer.from("0000000000000007", "hex"), Buffer.from("{"));
    await expect(openStore(directory)).rejects.toMatchObject({
      code: "ERR_STORE_DAMAGED",
      message: expect.stringMatching(/0000000000000007 of the table sessions/),
    });
    const { disk } = await openStore(directory, true);
    expect(disk.repaired?.tables.sessions).toEqual({ kept: OWNERS - 1, lost: 1 });
    expect(disk.repaired?.tables.deliveries?.lost).toBe(2 * ROUNDS - 1);
  });

  it.each([
    ["that ends too soon", Buffer.from("\xff")],
    ["with an impossible number", Buffer.alloc(30, 0xff)],
  ])("is named when it is fetched: one %s", async (_what, value) => {
    const key = Buffer.from("00000000000000010000000000000053", "hex");
    const { disk } = await openStore(await spoil("deliveries", key, value));
    await expect(disk.fetch(1, 0, 10)).rejects.toMatchObject({
      code: "ERR_STORE_DAMAGED",
      message: expect.stringContaining("00000000000000010000000000000053 of the table deliveries"),
    });
    expect(await sequencesOf(disk, 2)).toHaveLength(2 * ROUNDS - 1);
  });
});

it("repairs nothing where nothing is wrong", async () => {
  const directory = damagedStore(sound);
  const { disk, told } = await openStore(directory, true);
  expect(disk.repaired).toBeUndefined();
  expect(told.sessions).toHaveLength(OWNERS);
  await disk.close();
  expect(readdirSync(directory).sort()).toEqual(["data.mdb", "data.mdb-lock", "journal.bin"]);
});

it("gives out no number a second time after a repair that lost the counters", async () => {
  const directory = damagedStore(sound);
  const database = new Database(join(directory, "data.mdb"));
  database.transaction(() => database.tables.meta.clearSync());
  await database.close();
  await expect(openStore(directory)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  const { disk, told } = await openStore(directory, true);
  const last = OWNERS * ROUNDS;
  expect(told.seen).toEqual([{ owner: OWNERS + 1, sequence: last * 2 + 2, message: last + 1 }]);
  expect(disk.repaired?.tables.deliveries?.lost).toBe(0);
});

it("goes on with a journal whose last entry is cut off", async () => {
  const { directory, path, journal } = await storeWithJournal();
  truncateSync(path, journal.length - 1);
  expect(await sequencesOf((await openStore(directory)).disk, 1)).toEqual([1]);
  expect(statSync(path).size).toBe(0);
});

it("takes no journal without the tables that it belongs to, and sets it aside in a repair", async () => {
  const { directory, journal } = await storeWithJournal();
  rmSync(join(directory, "data.mdb"));

  await expect(openStore(directory)).rejects.toMatchObject({
    code: "ERR_STORE_DAMAGED",
    message: expect.stringMatching(/journal\.bin, and no data\.mdb.*--repair/),
  });
  expect(readdirSync(directory)).not.toContain("data.mdb");
  const repaired = (await openStore(directory, true)).disk;
  expect(repaired.repaired).toMatchObject({ damage: "data.mdb is missing" });
  expect(readFileSync(repaired.repaired?.setAside ?? "")).toEqual(journal);
  expect(await sequencesOf(repaired, 1)).toEqual([]);
});
