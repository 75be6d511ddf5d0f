import { expect, it } from "vitest";
import { Message } from "../../../src/delivery/message.ts";

it("is kept once for all, in memory of its own", () => {
  const chunk = Buffer.from("..topic..payload..");
  const message = new Message();
  message.reset(chunk);
  message.topicStart = 2;
  message.topicEnd = 7;
  message.payloadStart = 9;
  message.payloadEnd = 16;
  const kept = message.keep();
  chunk.fill(0);
  expect(message.keep()).toBe(kept);
  expect(kept.keep()).toBe(kept);
  expect([kept.topicName, kept.payload.toString()]).toEqual(["topic", "payload"]);
});

it.each([
  ["at once", 0],
  ["behind a packet identifier", 2],
  ["behind a packet identifier and no properties", 3],
  ["behind properties", 900],
])("is kept whole where the payload stands %s", (_, between) => {
  const chunk = Buffer.from(`..topic${"-".repeat(between)}${"payload".repeat(9)}..`);
  const message = new Message();
  message.reset(chunk);
  message.topicStart = 2;
  message.topicEnd = 7;
  message.payloadStart = 7 + between;
  message.payloadEnd = chunk.length - 2;
  message.qos = 2;
  message.isRetained = true;
  const kept = message.keep();
  chunk.fill(0);
  expect([kept.topicName, kept.payload.toString()]).toEqual(["topic", "payload".repeat(9)]);
  expect(kept).toMatchObject({ qos: 2, isRetained: true, size: 5 + 63 });
  // What is not counted may not take much memory.
  expect(kept.buffer.length).toBeLessThanOrEqual(kept.size + 3);
});

it("is kept with the topic that an alias stands for", () => {
  const message = new Message();
  message.reset(Buffer.from("..payload"));
  message.topicBuffer = Buffer.from("topic");
  message.topicEnd = 5;
  message.payloadStart = 2;
  message.payloadEnd = 9;
  const kept = message.keep();
  expect([kept.topicName, kept.payload.toString()]).toEqual(["topic", "payload"]);
});

it("holds on to no memory but its own once it has left the pool", () => {
  const kept = Message.of(Buffer.from("t"), Buffer.from("x"), 0, true);
  kept.properties = Buffer.from([1, 1]);
  kept.leavePool();
  expect(kept.buffer.buffer.byteLength).toBe(2);
  expect(kept.properties.buffer.byteLength).toBe(2);
  expect([kept.topicName, kept.payload.toString()]).toEqual(["t", "x"]);
});

it("does not expire unless it is kept and has an interval", () => {
  const message = new Message();
  message.expiryInterval = 1;
  expect(message.isExpired(Number.MAX_SAFE_INTEGER)).toBe(false);
  const kept = Message.of(Buffer.from("t"), Buffer.from("x"), 0, false);
  expect(kept.isExpired(Number.MAX_SAFE_INTEGER)).toBe(false);
  kept.expiryInterval = 5;
  expect(kept.isExpired(kept.receivedAt + 4_999)).toBe(false);
  expect(kept.isExpired(kept.receivedAt + 5_000)).toBe(true);
});
