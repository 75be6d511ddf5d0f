import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { PUBLISH } from "../../assembly/shared/packet-types.ts";
import { FRAME_END } from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { largeStream, packetStream, pieces, topicFilter, version } from "../model/arbitraries.ts";
import { frameStream, type ModelRecord } from "../model/framer.ts";
import { matches } from "../model/matcher.ts";
import { frameInPieces, type RoutedRecord } from "../model/stream.ts";
import { BUILDS, mustSubscribe } from "../support/cores.ts";

const streamInPieces = version.chain((protocol) =>
  packetStream(protocol).chain((stream) =>
    fc.record({
      protocol: fc.constant(protocol),
      stream: fc.constant(stream),
      pieces: fc.oneof(pieces(stream), fc.constant(Array.from(stream, (byte) => Uint8Array.of(byte)))),
      maximum: fc.oneof({ weight: 5, arbitrary: fc.constant(1 << 20) }, fc.integer({ min: 2, max: 100 })),
      filters: fc.uniqueArray(topicFilter, { maxLength: 8 }),
    }),
  ),
);

const LARGEST = 1 << 20;

const largeInPieces = version.chain((protocol) =>
  largeStream(protocol).chain((stream) =>
    fc.record({ protocol: fc.constant(protocol), stream: fc.constant(stream), pieces: pieces(stream) }),
  ),
);

describe.each(BUILDS)("framing on the %s build", (_, options) => {
  let core: Core;
  beforeAll(() => {
    core = Core.create(options);
  });

  test("any way of cutting a stream gives the records that the naive framer gives, with their routes", () => {
    fc.assert(
      fc.property(streamInPieces, ({ protocol, stream, pieces, maximum, filters }) => {
        const entries = filters.map((filter, i) => ({
          filter,
          target: i % 3,
          entry: mustSubscribe(core, filter, i % 3),
        }));
        const expected = frameStream(stream, protocol, maximum);
        const framed = frameInPieces(core, pieces, protocol, maximum);
        for (const { entry } of entries) core.unsubscribe(entry);
        expect(framed.status).toBe(expected.status);
        expect(framed.consumed).toBe(expected.consumed);
        expect(framed.records).toEqual(expected.records.map((record) => withRoutes(record, stream, entries)));
      }),
      { numRuns: 1000 },
    );
  });

  test("large messages, right or wrong, give the records that the naive framer gives", () => {
    fc.assert(
      fc.property(largeInPieces, ({ protocol, stream, pieces }) => {
        const expected = frameStream(stream, protocol, LARGEST);
        const framed = frameInPieces(core, pieces, protocol, LARGEST);
        expect({ ...framed, records: framed.records.map(withoutRoutes) }).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("random bytes are framed as the naive framer frames them, before the CONNECT and after it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 3, 4, 5), (stream, protocol) => {
        const expected = frameStream(stream, protocol, 1000);
        const { records, status, consumed } = frameInPieces(core, [stream], protocol, 1000);
        expect({ status, consumed }).toEqual({ status: expected.status, consumed: expected.consumed });
        expect(records.map(withoutRoutes)).toEqual(expected.records);
      }),
      { numRuns: 5000 },
    );
  });

  test("a cut packet says how many bytes it needs as soon as its length is known", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (payload, part) => {
        const body = Buffer.concat([Buffer.from([0, 1, 0x61]), Buffer.alloc(payload)]);
        const length = [];
        for (let rest = body.length; rest > 0; rest >>= 7) length.push((rest & 127) | (rest > 127 ? 128 : 0));
        const packet = Buffer.concat([Buffer.from([PUBLISH << 4, ...length]), body]);
        const there = Math.max(1, Math.floor(part * (packet.length - 1)));
        core.load(packet.subarray(0, there));
        expect(core.frame(0, 4, 1 << 20)).toBe(0);
        expect([core.status, core.consumed]).toEqual([FRAME_END, 0]);
        expect(core.needed).toBe(there > length.length ? packet.length : there + 1);
      }),
    );
  });
});

function withoutRoutes({ routes: _routes, overlap: _overlap, ...record }: RoutedRecord): ModelRecord {
  return record;
}

function withRoutes(
  record: ModelRecord,
  stream: Buffer,
  entries: readonly { filter: string; target: number; entry: number }[],
): RoutedRecord {
  const topic = stream.toString("utf8", record.topic, record.topic + record.topicLength);
  const matching = topic === "" ? [] : entries.filter(({ filter }) => matches(filter, topic));
  return {
    ...record,
    routes: matching.map(({ entry }) => entry).sort((a, b) => a - b),
    overlap: overlap(matching),
  };
}

/** Whether a target has two matching filters. */
function overlap(matching: readonly { target: number }[]): boolean {
  return new Set(matching.map(({ target }) => target)).size < matching.length;
}
