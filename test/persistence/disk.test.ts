import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Batch } from "../../src/persistence/disk/batch.ts";
import { DELIVERY_UNDER_WAY, PUBREL_UNDER_WAY } from "../../src/persistence/rows.ts";
import { message, openStore, sequencesOf, session, temporaryDirectory } from "./support/store.ts";

const LONG = "x".repeat(60_000);

function delivery(batch: Batch, owner: number, sequence: number, messageNumber = 0, of = message("a", "b")): void {
  batch.putDelivery(owner, sequence, 1, false, undefined, undefined, messageNumber, of);
}

describe.each(["fsync", "commit"] as const)("a store written at the level %s", (level) => {
  it("tells at the next start all that was written, in the order in which a broker can use it", async () => {
    const directory = temporaryDirectory();
    const { disk, told: first } = await openStore(directory);
    expect(first.seen).toEqual([{ owner: 1, sequence: 1, message: 1 }]);
    const batch = new Batch();
    const shared = message("a/b", "shared", 2);
    batch.setCounters({ owner: 4, sequence: 10, message: 8 });
    batch.putSession(session(1));
    batch.putSession(session(2));
    const subscription = { qos: 1, noLocal: true, retainAsPublished: false, identifier: 3 };
    batch.putSubscription({ owner: 1, filter: "a/+", ...subscription });
    batch.putSubscription({ owner: 1, filter: LONG, ...subscription });
    batch.putGroup({ owner: 3, filter: "$share/g/a" });
    batch.putMessage(7, 2, shared);
    batch.putDelivery(1, 5, 1, true, [3, 4], "$share/g/a", 7, shared);
    for (const sequence of [6, 8, 9]) delivery(batch, 1, sequence);
    batch.putExchange(1, 2, DELIVERY_UNDER_WAY, 6);
    batch.putExchange(1, 1, PUBREL_UNDER_WAY, 11);
    batch.putExchange(1, 300, DELIVERY_UNDER_WAY, 5);
    batch.putReceived(2, 65535);
    batch.putRetained(Buffer.from("a/b"), 7);
    await disk.write(batch, level);
    expect(batch.isEmpty).toBe(true);
    await disk.close();

    const { told } = await openStore(directory);
    expect(told.seen).toEqual([{ owner: 4, sequence: 10, message: 8 }]);
    expect(told.sessions).toEqual([session(1), session(2)]);
    expect(told.subscriptions.map(({ filter }) => filter).sort()).toEqual(["a/+", LONG]);
    expect(told.subscriptions[0]).toMatchObject(subscription);
    expect(told.groups).toEqual([{ owner: 3, filter: "$share/g/a" }]);
    expect(told.receivedRows).toEqual([{ owner: 2, packetIdentifier: 65535 }]);
    expect(told.exchanges.map(([{ packetIdentifier }, found]) => [packetIdentifier, found?.sequence])).toEqual([
      [300, 5],
      [2, 6],
      [1, undefined],
    ]);
    const found = told.exchanges[0]?.[1];
    expect(found).toMatchObject({ isRetained: true, subscriptionIdentifiers: [3, 4], sharedFilter: "$share/g/a" });
    expect(found?.message.payload.toString()).toBe("shared");
    expect(told.waitingOf).toEqual([[1, 2, 6]]);
    expect(told.retainedRows.map(({ messageNumber, message }) => [messageNumber, message.topicName])).toEqual([
      [7, "a/b"],
    ]);
    expect(told.order.slice(0, 7)).toEqual([
      "counters",
      "sessions",
      "subscriptions",
      "groups",
      "received",
      "exchanges",
      "waiting",
    ]);
  });

  it("applies operations in the order in which they came", async () => {
    const directory = temporaryDirectory();
    const { disk } = await openStore(directory);
    const batch = new Batch();
    delivery(batch, 1, 1);
    batch.deleteDelivery(1, 1);
    batch.deleteDelivery(1, 2);
    delivery(batch, 1, 2);
    await disk.write(batch, level);
    batch.putReceived(1, 7);
    await disk.write(batch, level);
    batch.deleteReceived(1, 7);
    await disk.write(batch, level);
    expect(await sequencesOf(disk, 1)).toEqual([2]);
    await disk.close();
    expect((await openStore(directory)).told.receivedRows).toEqual([]);
  });

  it("keeps a message as long as something refers to it", async () => {
    const directory = temporaryDirectory();
    const { disk } = await openStore(directory);
    const batch = new Batch();
    const shared = message("t", "kept");
    batch.putMessage(1, 3, shared);
    for (const sequence of [1, 2]) delivery(batch, 1, sequence, 1, shared);
    delivery(batch, 2, 3, 1, shared);
    await disk.write(batch, level);
    batch.deleteDelivery(1, 1);
    batch.addReferences(1, -1);
    await disk.write(batch, level);
    batch.deleteOwner(1);
    await disk.write(batch, level);
    const [last] = await disk.fetch(2, 0, 10);
    expect(last?.message.payload.toString()).toBe("kept");
    batch.deleteDelivery(2, 3);
    batch.addReferences(1, -1);
    // Without the message, a delivery that refers to it cannot be read.
    delivery(batch, 3, 4, 1, shared);
    await disk.write(batch, level);
    await expect(disk.fetch(3, 0, 10)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  });

  it("deletes with a session all that is its own, and nothing of another one", async () => {
    const directory = temporaryDirectory();
    const { disk } = await openStore(directory);
    const batch = new Batch();
    const rest = { qos: 0, noLocal: false, retainAsPublished: false, identifier: undefined };
    for (const owner of [1, 2, 2 ** 40]) {
      batch.putSession(session(owner));
      batch.putSubscription({ owner, filter: `f/${owner}`, ...rest });
      for (let sequence = 1; sequence <= 2_500; sequence++) delivery(batch, owner, sequence);
      batch.putExchange(owner, 5, PUBREL_UNDER_WAY, 9);
      batch.putReceived(owner, 6);
    }
    await disk.write(batch, level);
    batch.deleteOwner(2);
    batch.deleteOwner(2 ** 40);
    await disk.write(batch, level);
    await disk.close();
    const { told } = await openStore(directory);
    const owners = [told.sessions, told.subscriptions, told.receivedRows].map((rows) => rows.map(({ owner }) => owner));
    expect(owners).toEqual([[1], [1], [1]]);
    expect(told.exchanges.map(([{ owner }]) => owner)).toEqual([1]);
    expect(told.waitingOf).toEqual([[1, 2_500, 0]]);
  });
});

describe("fetch", () => {
  it("gives deliveries in the order of their sequence, behind one, up to a number of them", async () => {
    const { disk } = await openStore(temporaryDirectory());
    const batch = new Batch();
    for (const sequence of [2 ** 33, 300, 4, 65_536, 1]) delivery(batch, 1, sequence);
    delivery(batch, 2, 2);
    await disk.write(batch, "fsync");
    const sequences = (await disk.fetch(1, 1, 3)).map(({ sequence }) => sequence);
    expect(sequences).toEqual([4, 300, 65_536]);
    expect((await disk.fetch(1, 65_536, 3)).map(({ sequence }) => sequence)).toEqual([2 ** 33]);
    expect(await disk.fetch(1, 2 ** 33, 3)).toEqual([]);
    expect(await disk.fetch(9, 0, 3)).toEqual([]);
  });

  it("stops when it has a KiB for each delivery that was asked for, but gives one at least", async () => {
    const { disk } = await openStore(temporaryDirectory());
    const batch = new Batch();
    for (const sequence of [1, 2, 3])
      delivery(batch, 1, sequence, 0, message("large", Buffer.alloc(100_000, sequence)));
    await disk.write(batch, "fsync");
    const rows = await disk.fetch(1, 0, 10);
    expect(rows.map(({ sequence }) => sequence)).toEqual([1]);
    expect(rows[0]?.message.payload).toEqual(Buffer.alloc(100_000, 1));
  });
});

describe("the directory", () => {
  it("is made for its owner alone, whatever the length of its path", async () => {
    const directory = join(temporaryDirectory(), "d".repeat(200), "data");
    await openStore(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, "data.mdb")).mode & 0o777).toBe(0o600);
  });

  it("may hold other files", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "notes.txt"), "mine");
    await openStore(directory);
    expect(statSync(join(directory, "notes.txt")).size).toBe(4);
  });

  it.each(["a file", "a directory whose parent is a file", "a store that is a directory"])(
    "is refused where it is %s",
    async (what) => {
      const directory = join(temporaryDirectory(), "data");
      if (what === "a store that is a directory") mkdirSync(join(directory, "data.mdb"), { recursive: true });
      else writeFileSync(directory, "");
      const path = what === "a directory whose parent is a file" ? join(directory, "below") : directory;
      await expect(openStore(path)).rejects.toMatchObject({
        code: "ERR_STORE_UNUSABLE",
        message: expect.stringContaining(path),
      });
    },
  );

  it("has one owner at a time, also within a process", async () => {
    const directory = temporaryDirectory();
    const { disk } = await openStore(directory);
    await expect(openStore(directory)).rejects.toMatchObject({
      code: "ERR_STORE_LOCKED",
      message: expect.stringMatching(new RegExp(`${directory} .*process ${process.pid}`)),
    });
    await disk.close();
    await openStore(directory);
  });

  it("leaves the lock of another one alone, which has a new directory of the same name", async () => {
    const directory = temporaryDirectory();
    const { disk } = await openStore(directory);
    renameSync(directory, `${directory}-before`);
    onTestFinished(() => rmSync(`${directory}-before`, { recursive: true, force: true }));
    await openStore(directory);
    await disk.close();
    await expect(openStore(directory)).rejects.toMatchObject({ code: "ERR_STORE_LOCKED" });
  });

  it("lets one of many that start at once have it", async () => {
    const directory = temporaryDirectory();
    const starts = await Promise.allSettled(Array.from({ length: 8 }, () => openStore(directory)));
    const errors = starts.flatMap((start) => (start.status === "rejected" ? [start.reason.code] : []));
    expect(errors).toEqual(Array.from({ length: 7 }, () => "ERR_STORE_LOCKED"));
  });
});

it("refuses to work once it is closed", async () => {
  const { disk } = await openStore(temporaryDirectory());
  await disk.close();
  await disk.close();
  const batch = new Batch();
  batch.putReceived(1, 1);
  await expect(disk.write(batch, "fsync")).rejects.toMatchObject({ code: "ERR_STORE_CLOSED" });
  await expect(disk.fetch(1, 0, 1)).rejects.toMatchObject({ code: "ERR_STORE_CLOSED" });
});
