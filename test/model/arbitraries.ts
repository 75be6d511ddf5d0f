import fc from "fast-check";
import * as packet from "../../assembly/shared/packet-types.ts";

/** Few distinct levels, so that filters and topic names meet: empty, multi-byte, `$`, and around the inline limit of a node. */
const LEVELS = [
  "",
  "a",
  "b",
  "$x",
  "é",
  "日本",
  "12345678",
  "123456789012",
  "1234567890123",
  "a-level-of-more-than-16-bytes",
];

const level = fc.constantFrom(...LEVELS);
const join = (levels: readonly string[]) => levels.join("/");

export const topicName = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map(join)
  .filter((topic) => topic !== "");

export const topicFilter = fc
  .tuple(fc.array(fc.oneof({ weight: 3, arbitrary: level }, fc.constant("+")), { maxLength: 5 }), fc.boolean())
  .map(([levels, multi]) => join(multi ? [...levels, "#"] : levels))
  .filter((filter) => filter !== "");

export const version = fc.constantFrom(3, 4, 5);

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const uint16 = (value: number) => [value >> 8, value & 255];
const field = (value: Uint8Array) => [...uint16(value.length), ...value];

/** Topic names, and now and then what is none. */
const topicBytes = fc.oneof(
  { weight: 8, arbitrary: topicName.map((topic) => Buffer.from(topic)) },
  { weight: 1, arbitrary: topicFilter.map((filter) => Buffer.from(filter)) },
  { weight: 1, arbitrary: bytes(12) },
);

const property = fc.oneof(
  fc.constantFrom([0x01, 1], [0x02, 0, 0, 0, 9], [0x23, 0, 7], [0x0b, 0x80, 1]),
  fc.tuple(fc.constantFrom(0x03, 0x08, 0x09), bytes(5)).map(([id, value]) => [id, ...field(value)]),
  fc.tuple(bytes(3), bytes(3)).map(([name, value]) => [0x26, ...field(name), ...field(value)]),
  { weight: 1, arbitrary: bytes(3).map((wrong) => [...wrong]) },
);

const properties = fc.array(property, { maxLength: 3 }).map((list) => list.flat());

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

function withHeader(firstByte: number, body: readonly number[]): number[] {
  return [firstByte, ...varint(body.length), ...body];
}

const identifier = fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 1, max: 65535 }) }, fc.constant(0)).map(uint16);

function publish(protocol: number) {
  const topic = fc.oneof({ weight: 8, arbitrary: topicBytes }, fc.constant(new Uint8Array(0)));
  return fc
    .tuple(fc.integer({ min: 0, max: 13 }), topic, identifier, properties, bytes(200))
    .map(([flags, name, id, list, payload]) =>
      withHeader(packet.PUBLISH * 16 + flags, [
        ...field(name),
        ...((flags & 6) === 0 ? [] : id),
        ...(protocol < 5 ? [] : [...varint(list.length), ...list]),
        ...payload,
      ]),
    );
}

function ack(protocol: number) {
  const ending = fc.oneof(
    fc.constant<number[]>([]),
    fc.constant([0x10]),
    properties.map((list) => [0, ...varint(list.length), ...list]),
  );
  return fc
    .tuple(fc.constantFrom(packet.PUBACK, packet.PUBREC, packet.PUBREL, packet.PUBCOMP), identifier, ending)
    .map(([type, id, rest]) =>
      withHeader(type * 16 + (type === packet.PUBREL ? 2 : 0), protocol < 5 ? id : [...id, ...rest]),
    );
}

const request = fc
  .tuple(fc.constantFrom(packet.SUBSCRIBE, packet.UNSUBSCRIBE), identifier, bytes(20))
  .map(([type, id, rest]) => withHeader(type * 16 + 2, [...id, ...rest]));

const bodiless = fc
  .constantFrom(packet.PINGREQ, packet.PINGRESP, packet.DISCONNECT)
  .map((type) => withHeader(type * 16, []));

const other = fc
  .tuple(fc.constantFrom(packet.CONNECT, packet.CONNACK, packet.AUTH, packet.DISCONNECT, packet.SUBACK), bytes(20))
  .map(([type, body]) => withHeader(type * 16, [...body]));

/** Mostly whole, allowed packets, one behind the other. */
export function packetStream(protocol: number): fc.Arbitrary<Buffer> {
  const one = fc.oneof(
    { weight: 12, arbitrary: publish(protocol) },
    { weight: 4, arbitrary: ack(protocol) },
    { weight: 2, arbitrary: request },
    { weight: 2, arbitrary: bodiless },
    { weight: 1, arbitrary: other },
    { weight: 1, arbitrary: bytes(8).map((wrong) => [...wrong]) },
  );
  return fc.array(one, { maxLength: 20 }).map((packets) => Buffer.from(packets.flat()));
}

/** From a payload of one byte to packets of 1 MiB, most around the sizes from which on they are read in another way. */
const largePayload = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 8_100, max: 8_300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(1, 127, 128, 16_383, 16_384, 65_536, 131_072, 1_048_000) },
);

const manyProperties = fc
  .tuple(properties, fc.nat(40))
  .map(([list, times]) => Array.from({ length: times }, () => list).flat());

function largePublish(protocol: number) {
  return fc
    .tuple(publish(protocol), largePayload, manyProperties, topicName, fc.constantFrom(0x30, 0x32, 0x3d))
    .map(([small, payload, list, name, firstByte]) => {
      const topic = field(Buffer.from(name));
      const block = protocol < 5 ? [] : [...varint(list.length), ...list];
      const head = [...topic, ...((firstByte & 6) === 0 ? [] : [1, 2]), ...block];
      const fixed = Buffer.from([firstByte, ...varint(head.length + payload)]);
      return Buffer.concat([Buffer.from(small), fixed, Buffer.from(head), Buffer.alloc(payload, 0x80)]);
    });
}

/** Messages large and small, now and then with one byte of a header changed. */
export function largeStream(protocol: number): fc.Arbitrary<Buffer> {
  const flaw = fc.option(fc.tuple(fc.nat(60), fc.nat(255)), { nil: undefined });
  const one = fc.tuple(largePublish(protocol), flaw).map(([bytes, change]) => {
    if (change !== undefined && change[0] < bytes.length) bytes[change[0]] = change[1];
    return bytes;
  });
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((packets) => Buffer.concat(packets));
}

/** A stream cut into pieces anywhere. */
export function pieces(stream: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.array(fc.nat(stream.length), { maxLength: 12 }).map((cuts) => {
    const borders = [0, ...cuts.sort((a, b) => a - b), stream.length];
    return borders.slice(1).map((end, i) => stream.subarray(borders[i], end));
  });
}
