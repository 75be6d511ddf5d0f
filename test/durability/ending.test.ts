import { Worker } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import { openDisk } from "../../src/persistence/disk/disk.ts";
import { TernmqBroker } from "../../src/ternmq-broker.ts";
import { openStore, temporaryDirectory } from "../persistence/support/store.ts";
import { lasting, startDurable } from "../support/durable.ts";
import { publishFrom, subscribeTo } from "../support/flows.ts";
import { publish } from "../support/packets.ts";

const LISTENERS = [{ protocol: "mqtt", port: 0 }] as const;

it("a broker that is stopped while it opens its store gives the directory back, and does not start", async () => {
  const directory = temporaryDirectory();
  const broker = new TernmqBroker({ listeners: LISTENERS, persistence: { directory } });
  const started = expect(broker.start()).rejects.toMatchObject({ code: "ERR_STATE" });
  await broker.stop();
  await started;
  expect(broker.addresses).toEqual([]);
  await openStore(directory);
});

it("a disk that does not answer holds up the end of a broker for a while only", async () => {
  const directory = temporaryDirectory();
  let release: () => void = () => {};
  const broker = new TernmqBroker(
    { listeners: LISTENERS, persistence: { directory } },
    {
      storeTimeout: 50,
      openDisk: async (path, options) => {
        const disk = await openDisk(path, options);
        const { close } = disk;
        disk.close = async () => {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          await close.call(disk);
        };
        return disk;
      },
    },
  );
  await broker.start();
  await broker.stop();
  expect(broker.hasUnwritten).toBe(true);
  release();
});

it("a broker whose disk is full at the end stops, and tells that not all was written", async () => {
  const test = await startDurable();
  const client = await test.connect(lasting("c"));
  await subscribeTo(client, "a", 1);
  test.disk.fail();
  client.send(publish({ topic: "a", qos: 1, packetIdentifier: 1 }));
  await test.disk.failures(1);
  await test.broker.stop();
  expect(test.broker.hasUnwritten).toBe(true);
});

it("without its store's thread a broker says so, acknowledges nothing any more, and can be stopped", async () => {
  const post = vi.spyOn(Worker.prototype, "postMessage");
  const test = await startDurable();
  const worker = post.mock.contexts.at(-1);
  post.mockRestore();
  const client = await test.connect(lasting("c"));
  await subscribeTo(client, "a", 1);
  const died = new Promise((resolve) => test.broker.once("storeDeath", resolve));
  await (worker as Worker).terminate();
  expect(await died).toMatchObject({ code: "ERR_STORE_CLOSED", message: expect.stringMatching(/has ended/) });
  client.send(publish({ topic: "b", payload: "x", qos: 1, retain: true }));
  expect(await client.expect("disconnect")).toMatchObject({ reasonCode: 0x97 });
  await test.broker.stop();
  const again = await test.restart();
  const publisher = await again.connect();
  await publishFrom(publisher, "a", "1", { qos: 1 });
});

it("nothing can be published before what is on disk was read", async () => {
  const broker = new TernmqBroker({ listeners: LISTENERS, persistence: { directory: temporaryDirectory() } });
  expect(() => broker.publish("a", "b")).toThrow(expect.objectContaining({ code: "ERR_STATE" }));
  await broker.start();
  expect(broker.publish("a", "b")).toBe(0);
  await broker.stop();
});
