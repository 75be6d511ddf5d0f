import { expect, test } from "vitest";
import { MAX_VARINT, varintLength, Writer, writeVarint } from "../../../src/codec/writer.ts";
import { varint } from "../../support/wire.ts";

test.each([0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, MAX_VARINT])(
  "[MQTT-1.5.5-1] the variable byte integer %i has its shortest form",
  (value) => {
    const target = Buffer.alloc(6, 0xee);
    const end = writeVarint(target, 1, value);
    expect(target.subarray(1, end)).toEqual(varint(value));
    expect(target[end]).toBe(0xee);
    expect(varintLength(value)).toBe(varint(value).length);
  },
);

test("a packet larger than a remaining length can say is refused with a code", () => {
  expect(() => Writer.packet(0x90, MAX_VARINT + 1)).toThrow(expect.objectContaining({ code: "ERR_PACKET_TOO_LARGE" }));
});
