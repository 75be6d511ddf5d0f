import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeFrame, FrameReader } from "../../../src/transport/websocket/frames.ts";
import { BINARY, CONTINUATION, frame, PING } from "../../support/raw-websocket.ts";

const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536];

/** What a reader makes of bytes that come in these pieces. */
function read(bytes: Buffer, ends: readonly number[]): { data: string; pings: string[] } {
  const data: Buffer[] = [];
  const pings: string[] = [];
  const reader = new FrameReader(1_000_000, {
    onData: (part) => data.push(Buffer.from(part)),
    onPing: (payload) => pings.push(payload.toString("hex")),
    onCloseFrame: () => {},
  });
  const cuts = [...new Set([0, ...ends.map((end) => end % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (const [index, end] of cuts.entries()) reader.read(Buffer.from(bytes.subarray(cuts[index - 1] ?? 0, end)));
  return { data: Buffer.concat(data).toString("hex"), pings };
}

it("reads the same from any way of cutting frames, fragments and pings between them", () => {
  const payload = fc.uint8Array({ maxLength: 300 });
  const ping = fc.uint8Array({ maxLength: 125 });
  const message = fc.record({ first: payload, ping, last: payload });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (messages, ends) => {
      const frames = messages.flatMap(({ first, ping, last }) => [
        frame(BINARY, first, false),
        frame(PING, ping),
        frame(CONTINUATION, last),
      ]);
      expect(read(Buffer.concat(frames), ends)).toEqual({
        data: Buffer.concat(messages.flatMap(({ first, last }) => [first, last])).toString("hex"),
        pings: messages.map(({ ping }) => Buffer.from(ping).toString("hex")),
      });
    }),
  );
});

it.each(LENGTHS)("reads and writes a payload of %i bytes", (length) => {
  const payload = Buffer.alloc(length, "ab");
  expect(read(frame(BINARY, payload), []).data).toBe(payload.toString("hex"));
  const written = encodeFrame(BINARY, payload);
  expect(written[0]).toBe(0x82);
  expect(written.subarray(written.length - length).equals(payload)).toBe(true);
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  expect(written.length).toBe(2 + lengthBytes + length);
  if (lengthBytes > 0) expect(Number.parseInt(written.toString("hex", 2, 2 + lengthBytes), 16)).toBe(length);
});
