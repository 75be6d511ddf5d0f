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
