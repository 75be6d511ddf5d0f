import { expect, it } from "vitest";
import { Delivery } from "../../../src/delivery/delivery.ts";
import { DeliveryQueue } from "../../../src/delivery/delivery-queue.ts";
import { Message } from "../../../src/delivery/message.ts";
import { Backlog } from "../../../src/transport/backlog.ts";

function delivery(payload: string, qos = 1, expiryInterval = -1): Delivery {
  const message = Message.of(Buffer.from("t"), Buffer.from(payload), qos, false);
  message.expiryInterval = expiryInterval;
  return new Delivery(message, qos, false, undefined, undefined);
}

function drain(queue: DeliveryQueue): string[] {
  const payloads: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    payloads.push(next.message.payload.toString());
  return payloads;
}

it("keeps thousands in order while they come and go", () => {
  const queue = new DeliveryQueue(new Backlog(1_000_000));
  const expected: string[] = [];
  const taken: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    queue.push(delivery(`${i}`), 10_000);
    expected.push(`${i}`);
    if (i % 3 !== 0) taken.push(queue.shift()?.message.payload.toString() ?? "");
  }
  expect([...taken, ...drain(queue)]).toEqual(expected);
});

it("at its limit drops the oldest QoS 0 message, and where there is none the new one", () => {
  const queue = new DeliveryQueue(new Backlog(1_000_000));
  for (const [payload, qos] of [
    ["a", 1],
    ["b", 0],
    ["c", 0],
  ] as const)
    queue.push(delivery(payload, qos), 3);
  expect(queue.push(delivery("d"), 3)?.message.payload.toString()).toBe("b");
  expect(queue.push(delivery("e"), 3)?.message.payload.toString()).toBe("c");
  const refused = delivery("f");
  expect(queue.push(refused, 3)).toBe(refused);
  expect(drain(queue)).toEqual(["a", "d", "e"]);
});

it("gives out those whose time is over, once", () => {
  const queue = new DeliveryQueue(new Backlog(1_000_000));
  for (const [payload, seconds] of [
    ["a", 10],
    ["b", -1],
    ["c", 20],
    ["d", 10],
  ] as const) {
    queue.push(delivery(payload, 1, seconds), 10);
  }
  const now = Date.now();
  const payloads = (deliveries: Delivery[]): string[] => deliveries.map(({ message }) => message.payload.toString());
  expect(payloads(queue.takeExpired(now + 9_000))).toEqual([]);
  expect(payloads(queue.takeExpired(now + 11_000))).toEqual(["a", "d"]);
  expect(payloads(queue.takeExpired(now + 11_000))).toEqual([]);
  expect(payloads(queue.takeExpired(now + 21_000))).toEqual(["c"]);
  expect(drain(queue)).toEqual(["b"]);
});
