import { randomStream } from "../support/packet-streams.ts";
import type { Random } from "../support/random.ts";

/** Bytes on which lengths, flags and characters turn over. */
const EDGES = [0x00, 0x01, 0x02, 0x7f, 0x80, 0x81, 0xc0, 0xef, 0xf0, 0xff] as const;

type Mutation = (random: Random, packets: Buffer[]) => void;

function onBytes(change: (random: Random, bytes: Buffer, at: number) => Buffer): Mutation {
  return (random, packets) => {
    const index = random.below(packets.length);
    const bytes = Buffer.from(packets[index] ?? Buffer.alloc(1));
    packets[index] = change(random, bytes, random.below(Math.max(1, bytes.length)));
  };
}

function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  bytes[at] = byte;
  return bytes;
}

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  onBytes((random, bytes, at) => withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)))),
  onBytes((random, bytes, at) => withByte(bytes, at, random.pick(EDGES))),
  // The remaining length, and the bytes in front of the first fields.
  onBytes((random, bytes) => withByte(bytes, 1 + random.below(4), random.pick(EDGES))),
  onBytes((random, bytes) => withByte(bytes, 0, random.below(256))),
  onBytes((random, bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at)]),
  ),
  onBytes((random, bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))])),
  onBytes((random, bytes, at) => {
    const end = at + 1 + random.below(16);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
  }),
  onBytes((_random, bytes, at) => bytes.subarray(0, at)),
  // Repeated, left out, put elsewhere.
  (random, packets) => packets.push(packets[random.below(packets.length)] ?? Buffer.alloc(0)),
  (random, packets) => packets.splice(random.below(packets.length), packets.length > 1 ? 1 : 0),
  (random, packets) => packets.unshift(...packets.splice(random.below(packets.length), 1)),
  // Of another client, maybe of another version.
  (random, packets) => packets.splice(random.below(packets.length), 0, ...randomStream(random)),
  (random, packets) => {
    const other = Buffer.concat(randomStream(random));
    packets.push(other.subarray(random.below(other.length)));
  },
];

/** A stream of packets with up to four mistakes in it. */
export function mutatedStream(random: Random): Buffer {
  const packets = randomStream(random);
  for (let mutations = random.below(5); mutations > 0; mutations--) random.pick(MUTATIONS)(random, packets);
  return Buffer.concat(packets);
}
