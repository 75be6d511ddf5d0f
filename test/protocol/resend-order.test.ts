import { EventEmitter } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { Broker } from "../../src/broker/broker.ts";
import { fromProgram } from "../../src/broker/published-message.ts";
import { FakeStream } from "../support/fake-stream.ts";
import { connect, subscribe } from "../support/packets.ts";
import { decodePacket, firstPacketLength } from "../support/server-packets.ts";

const PAYLOAD_BYTES = 60_000;

function publishNumbered(broker: Broker, number: number): void {
  const payload = Buffer.alloc(PAYLOAD_BYTES, String(number));
  broker.publish(fromProgram("a", payload, 1, false, {}));
}

/** The numbers of the messages in a byte stream, in order. */
function received(bytes: Buffer): number[] {
  const numbers: number[] = [];
  let rest = bytes;
  for (let length = firstPacketLength(rest); length !== undefined; length = firstPacketLength(rest)) {
    const packet = decodePacket(rest.subarray(0, length), 4);
    if (packet.type === "publish") numbers.push(Number(packet.payload.toString("latin1", 0, 1)));
    rest = rest.subarray(length);
  }
  return numbers;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("[MQTT-4.6.0-1 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1] a new message does not overtake those that are sent again to a client that reads slowly", async () => {
  const broker = new Broker({ limits: { maximumOutboxBytes: 4 * PAYLOAD_BYTES } }, new EventEmitter());
  onTestFinished(() => broker.destroy());
  const client = { version: 4, clientIdentifier: "c", cleanStart: false } as const;

  const first = new FakeStream();
  broker.accept(first);
  first.receive(connect(client));
  first.receive(subscribe({ version: 4, subscriptions: [{ filter: "a", qos: 1 }] }));
  for (let number = 1; number <= 8; number++) {
    publishNumbered(broker, number);
    await turn();
  }
  expect(received(first.take())).toHaveLength(8);
  first.disconnect();
  await first.closed;

  const again = new FakeStream({ takes: () => false });
  broker.accept(again);
  again.receive(connect(client));
  await turn();
  publishNumbered(broker, 9);
  let numbers: number[] = [];
  for (let steps = 0; numbers.length < 9 && steps < 100; steps++) {
    again.drain();
    await turn();
    numbers = received(again.sent);
  }
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
