import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Framer } from "../../../bench/load/framer.ts";
import { encodePublish } from "../../../bench/load/packets.ts";

const PAYLOADS = [8, 64, 111, 112, 1_024, 16_500];
const PACKETS = [
  Buffer.from([0x20, 2, 0, 0]),
  ...PAYLOADS.map((bytes) => encodePublish("load/7", 1, 7, bytes).bytes),
  Buffer.from([0xd0, 0]),
  Buffer.from([0x40, 2, 1, 2]),
];
const STREAM = Buffer.concat(PACKETS);
const LONGEST = Math.max(...PACKETS.map(({ length }) => length));

/** The packets as text, a byte a character: first byte and body. */
function packetsOf(ends: readonly number[]): string[] {
  const packets: string[] = [];
  const sink = {
    packet(first: number, bytes: Buffer, body: number, end: number): void {
      packets.push(String.fromCharCode(first) + bytes.toString("latin1", body, end));
    },
  };
  const framer = new Framer(sink, LONGEST);
  const chunk = Buffer.alloc(STREAM.length);
  let at = 0;
  for (const end of [...ends, STREAM.length]) {
    // What the chunk before left behind is overwritten, as the next read of a socket does.
    chunk.fill(0xff);
    framer.feed(chunk, STREAM.copy(chunk, 0, at, end));
    at = end;
  }
  return packets;
}

const WHOLE = PACKETS.map(([first = 0, ...rest]) => {
  const lengthBytes = 1 + rest.findIndex((byte) => byte < 0x80);
  return Buffer.from([first, ...rest.slice(lengthBytes)]).toString("latin1");
});

describe("the framer of the load generator", () => {
  test("finds every packet of a stream that comes at once", () => {
    expect(packetsOf([])).toEqual(WHOLE);
  });

  test("finds the same packets wherever the stream is cut in two", () => {
    for (let end = 1; end < STREAM.length; end += end < 2_000 ? 1 : 97) expect(packetsOf([end])).toEqual(WHOLE);
  });

  test("finds the same packets however the stream is cut", () => {
    const ends = fc.array(fc.nat(STREAM.length), { maxLength: 200 }).map((places) => places.sort((a, b) => a - b));
    fc.assert(
      fc.property(ends, (places) => {
        expect(packetsOf(places)).toEqual(WHOLE);
      }),
    );
  });

  test("finds the same packets when every byte comes alone", () => {
    expect(packetsOf(Array.from({ length: STREAM.length }, (_, i) => i + 1))).toEqual(WHOLE);
  });

  test("refuses a remaining length of five bytes and a packet longer than agreed", () => {
    const feed = (...bytes: number[]) => new Framer({ packet: () => {} }, 4).feed(Buffer.from(bytes), bytes.length);
    expect(() => feed(0x30, 0xff, 0xff, 0xff, 0xff, 1)).toThrow("remaining length");
    expect(() => feed(0x30, 9, 0, 0, 0, 0)).toThrow("longer packet");
  });
});
