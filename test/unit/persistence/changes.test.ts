import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Delivery } from "../../../src/delivery/delivery.ts";
import { Message } from "../../../src/delivery/message.ts";
import { ByteReader } from "../../../src/persistence/byte-reader.ts";
import { Changes } from "../../../src/persistence/changes.ts";
import { Batch } from "../../../src/persistence/disk/batch.ts";
import { readMessage } from "../../../src/persistence/message-encoding.ts";
import { decodeDelivery, messageNumberOf } from "../../../src/persistence/row-encoding.ts";
import { operationsOf } from "../../support/batch-operations.ts";

type Rows = Map<string, Buffer>;

/** A disk as the tables are described: rows by key, and messages that go with their last reference. */
class Model {
  readonly deliveries: Rows = new Map();
  readonly messages: Rows = new Map();
  readonly retained: Rows = new Map();
  readonly references = new Map<string, number>();

  apply(batch: Batch): void {
    for (const { kind, table, key, value } of operationsOf(batch)) {
      const name = key.toString("hex");
      if (kind === "add references") this.#refer(name, value.readInt32BE());
      else if (table !== "deliveries" && table !== "messages" && table !== "retained") throw new Error(table);
      else if (kind === "put") this[table].set(name, value);
      else this[table].delete(name);
      if (kind === "put" && table === "messages") this.references.set(name, 1);
    }
    batch.take();
  }

  /** The payloads of all deliveries, by sequence. */
  payloads(): string[] {
    const sorted = [...this.deliveries].sort(([one], [other]) => (one < other ? -1 : 1));
    return sorted.map(([key, value]) => {
      const message = this.messages.get(numberKey(messageNumberOf(value))) ?? Buffer.alloc(0);
      return decodeDelivery(Buffer.from(key, "hex"), value, message).message.payload.toString();
    });
  }

  retainedPayloads(): Record<string, string> {
    const entries = [...this.retained].map(([key, number]) => {
      const row = this.messages.get(number.toString("hex")) ?? Buffer.alloc(0);
      return [Buffer.from(key, "hex").toString(), readMessage(new ByteReader(row)).payload.toString()] as const;
    });
    return Object.fromEntries(entries);
  }

  /** References as they are counted, and as there are. */
  counts(): [counted: Record<string, number>, real: Record<string, number>] {
    const real: Record<string, number> = {};
    const numbers = [...this.deliveries.values()].map(messageNumberOf).filter((number) => number > 0);
    for (const key of [...numbers.map(numberKey), ...[...this.retained.values()].map((value) => value.toString("hex"))])
      real[key] = (real[key] ?? 0) + 1;
    return [Object.fromEntries(this.references), real];
  }

  #refer(name: string, delta: number): void {
    const count = (this.references.get(name) ?? Number.NaN) + delta;
    if (Number.isNaN(count) || count < 0) throw new Error(`references to the message ${name}: ${count}`);
    this.references.set(name, count);
    if (count > 0) return;
    this.references.delete(name);
    this.messages.delete(name);
  }
}

function numberKey(number: number): string {
  return number.toString(16).padStart(16, "0");
}

const OWNERS = 3;
const TOPICS = ["a", "b"];

const step = fc.oneof(
  fc.record({
    does: fc.constant("publish" as const),
    topic: fc.constantFrom(...TOPICS),
    owners: fc.nat(OWNERS),
    retain: fc.boolean(),
  }),
  fc.record({
    does: fc.constant("deliver what is retained" as const),
    topic: fc.constantFrom(...TOPICS),
    owners: fc.nat(OWNERS),
  }),
  fc.record({ does: fc.constant("clear" as const), topic: fc.constantFrom(...TOPICS) }),
  fc.record({ does: fc.constant("settle" as const), which: fc.nat() }),
  fc.record({ does: fc.constant("drain" as const) }),
);

it("leaves on disk each delivery and retained message with its message, and no message without a reference", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const changes = new Changes();
      const model = new Model();
      const deliveries = new Set<Delivery>();
      const retained = new Map<string, Message>();
      const batch = new Batch();
      let group = 1;
      let sequence = 1;
      let nextMessage = 1;
      const deliver = (message: Message, owners: number) => {
        for (let owner = 1; owner <= owners; owner++) {
          const delivery = new Delivery(message, 1, false, undefined, undefined);
          delivery.owner = owner;
          delivery.sequence = sequence++;
          delivery.putIn = group;
          deliveries.add(delivery);
          changes.putDelivery(delivery);
        }
      };
      const drain = () => {
        nextMessage = changes.drain(batch, nextMessage);
        group++;
        model.apply(batch);
        const expected = [...deliveries].sort((one, other) => one.owner - other.owner || one.sequence - other.sequence);
        expect(model.payloads()).toEqual(expected.map(({ message }) => message.payload.toString()));
        const kept = [...retained].map(([topic, message]) => [topic, message.payload.toString()]);
        expect(model.retainedPayloads()).toEqual(Object.fromEntries(kept));
        const [counted, real] = model.counts();
        expect(counted).toEqual(real);
        expect(model.messages.size).toBe(Object.keys(real).length);
      };
      for (const [index, given] of steps.entries()) {
        if (given.does === "drain") drain();
        if (given.does === "publish") {
          const message = Message.of(Buffer.from(given.topic), Buffer.from(`${index}`), 1, given.retain);
          const previous = retained.get(given.topic);
          if (given.retain) {
            retained.set(given.topic, message);
            changes.setRetained(given.topic, previous, message);
          }
          deliver(message, given.owners);
        }
        if (given.does === "deliver what is retained") {
          const message = retained.get(given.topic);
          if (message !== undefined) deliver(message, given.owners);
        }
        if (given.does === "clear") {
          const previous = retained.get(given.topic);
          if (previous !== undefined) changes.setRetained(given.topic, previous, undefined);
          retained.delete(given.topic);
        }
        if (given.does === "settle" && deliveries.size > 0) {
          const delivery = [...deliveries][given.which % deliveries.size];
          if (delivery === undefined) continue;
          deliveries.delete(delivery);
          changes.deleteDelivery(delivery, delivery.putIn === group);
        }
      }
      drain();
    }),
    { numRuns: 500 },
  );
});

it("writes nothing for a delivery that came and went, and the last of many values of a retained topic", () => {
  const changes = new Changes();
  let previous: Message | undefined;
  for (let i = 0; i < 1_000; i++) {
    const message = Message.of(Buffer.from("t"), Buffer.from(`${i}`), 1, true);
    changes.setRetained("t", previous, message);
    previous = message;
    const delivery = new Delivery(message, 1, false, undefined, undefined);
    changes.putDelivery(delivery);
    changes.deleteDelivery(delivery, true);
  }
  const batch = new Batch();
  changes.drain(batch, 1);
  expect(operationsOf(batch).map(({ kind, table }) => [kind, table])).toEqual([
    ["put", "messages"],
    ["put", "retained"],
  ]);
});
