import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message, NO_EXPIRY } from "../../../src/delivery/message.ts";
import { ByteReader } from "../../../src/persistence/byte-reader.ts";
import { ByteWriter } from "../../../src/persistence/byte-writer.ts";
import {
  decodeSession,
  decodeSubscription,
  encodeSession,
  encodeSubscription,
} from "../../../src/persistence/json-encoding.ts";
import { readMessage, writeMessage } from "../../../src/persistence/message-encoding.ts";
import { decodeDelivery, messageNumberOf, writeDelivery } from "../../../src/persistence/row-encoding.ts";
import type { SessionRow, SubscriptionRow } from "../../../src/persistence/rows.ts";
import { withAuthor } from "../../support/authors.ts";

const NUMBER = fc.maxSafeNat();
const QOS = fc.constantFrom(0, 1, 2);
const U32 = fc.nat(0xffffffff);
const TEXT = fc.string({ unit: "binary", maxLength: 200 });
const BYTES = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));

interface Fields {
  topic: string;
  payload: Buffer;
  qos: number;
  isRetained: boolean;
  publisher: string;
  properties: Buffer;
  expiryInterval: number;
  receivedAt: number;
}

const FIELDS: fc.Arbitrary<Fields> = fc.record({
  topic: TEXT,
  payload: BYTES,
  qos: QOS,
  isRetained: fc.boolean(),
  publisher: TEXT,
  properties: BYTES,
  expiryInterval: fc.oneof(fc.constant(NO_EXPIRY), U32),
  receivedAt: NUMBER,
});

function messageOf(fields: Fields): Message {
  const message = Message.of(Buffer.from(fields.topic), fields.payload, fields.qos, fields.isRetained);
  const { publisher, properties, expiryInterval, receivedAt } = fields;
  return Object.assign(message, { publisher, properties, expiryInterval, receivedAt });
}

function fieldsOf(message: Message): Fields {
  const { qos, isRetained, publisher, expiryInterval, receivedAt } = message;
  const payload = Buffer.from(message.payload);
  const properties = Buffer.from(message.properties);
  return { topic: message.topicName, payload, qos, isRetained, publisher, properties, expiryInterval, receivedAt };
}

function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.from(writer.take());
}

function keyOf(...numbers: number[]): Buffer {
  return written((writer) => {
    for (const number of numbers) writer.u64(number);
  });
}

const JSON_PROPERTIES = fc.record(
  {
    willDelayInterval: U32,
    contentType: TEXT,
    correlationData: BYTES,
    userProperties: fc.array(fc.tuple(TEXT, TEXT), { maxLength: 3 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const WILL = fc.record({
  topic: TEXT.map((text) => Buffer.from(text)),
  payload: BYTES,
  qos: QOS,
  retain: fc.boolean(),
  properties: JSON_PROPERTIES,
});

describe("what is written is read again", () => {
  it("of a message", () => {
    const check = fc.property(FIELDS, (fields) => {
      const bytes = written((writer) => writeMessage(writer, messageOf(fields)));
      expect(fieldsOf(readMessage(new ByteReader(bytes)))).toEqual(fields);
    });
    fc.assert(check);
  });

  it("of a delivery, with its message or that message's number", () => {
    const row = fc.record({
      owner: NUMBER,
      sequence: NUMBER,
      qos: QOS,
      isRetained: fc.boolean(),
      subscriptionIdentifiers: fc.option(fc.array(U32, { maxLength: 5 }), { nil: undefined }),
      sharedFilter: fc.option(TEXT, { nil: undefined }),
      messageNumber: fc.oneof(fc.constant(0), NUMBER),
    });
    const check = fc.property(row, FIELDS, (row, fields) => {
      const { qos, isRetained, subscriptionIdentifiers, sharedFilter, messageNumber } = row;
      const message = messageOf(fields);
      const messageRow = written((writer) => writeMessage(writer, message));
      const value = written((writer) =>
        writeDelivery(writer, qos, isRetained, subscriptionIdentifiers, sharedFilter, messageNumber, message),
      );
      expect(messageNumberOf(value)).toBe(messageNumber);
      const { message: read, ...rest } = decodeDelivery(keyOf(row.owner, row.sequence), value, messageRow);
      expect(rest).toEqual(row);
      expect(fieldsOf(read)).toEqual(fields);
    });
    fc.assert(check);
  });

  it("of a session and its will", () => {
    const row: fc.Arbitrary<SessionRow> = withAuthor(
      fc.record({
        owner: NUMBER,
        clientIdentifier: TEXT,
        username: fc.option(TEXT, { nil: undefined }),
        expiryInterval: U32,
        offlineSince: fc.option(NUMBER, { nil: undefined }),
        will: fc.option(WILL, { nil: undefined }),
      }),
    );
    const check = fc.property(row, (row) => {
      expect(decodeSession(keyOf(row.owner), encodeSession(row))).toEqual(row);
    });
    fc.assert(check);
  });

  it("of a subscription", () => {
    const row: fc.Arbitrary<SubscriptionRow> = fc.record({
      owner: NUMBER,
      filter: TEXT,
      qos: QOS,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      identifier: fc.option(U32, { nil: undefined }),
    });
    const check = fc.property(row, (row) => {
      expect(decodeSubscription(keyOf(row.owner), encodeSubscription(row))).toEqual(row);
    });
    fc.assert(check);
  });
});

describe("bytes that nobody wrote", () => {
  it("are a message, or a RangeError", () => {
    const check = fc.property(BYTES, (bytes) => {
      try {
        expect(readMessage(new ByteReader(bytes))).toBeInstanceOf(Message);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    });
    fc.assert(check);
  });

  it("are a session, or an error that says that they are none", () => {
    const text = fc.oneof(
      fc.json(),
      TEXT,
      fc.json().map((json) => `{"clientIdentifier":"c","will":${json}}`),
    );
    const check = fc.property(text, (text) => {
      try {
        expect(decodeSession(keyOf(1), Buffer.from(text)).owner).toBe(1);
      } catch (error) {
        expect([RangeError, SyntaxError]).toContain((error as Error).constructor);
      }
    });
    fc.assert(check);
  });
});

it("keys sort as their numbers do", () => {
  const check = fc.property(NUMBER, NUMBER, (one, other) => {
    expect(keyOf(one).compare(keyOf(other))).toBe(Math.sign(one - other));
  });
  fc.assert(check);
});

it("a delivery can have more subscription identifiers than two bytes can count", () => {
  const identifiers = Array.from({ length: 70_000 }, (_, index) => 1 + index);
  const writer = new ByteWriter();
  writeDelivery(writer, 1, false, identifiers, undefined, 0, Message.of(Buffer.from("t"), Buffer.from("p"), 1, false));
  const row = decodeDelivery(Buffer.alloc(16), writer.take(), Buffer.alloc(0));
  expect(row.subscriptionIdentifiers).toEqual(identifiers);
});
