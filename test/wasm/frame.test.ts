import { beforeEach, describe, expect, test } from "vitest";
import * as status from "../../assembly/shared/status.ts";
import { Core } from "../../src/wasm/core.ts";
import { BUILDS, mustSubscribe, recordRoutes, utf8 } from "../support/cores.ts";
import { publish } from "../support/packets.ts";

const MAXIMUM = 1 << 20;

describe.each(BUILDS)("frame on the %s build", (_, options) => {
  let core: Core;
  beforeEach(() => {
    core = Core.create(options);
  });

  /** What the core says about a chunk that one call frames. */
  function frame(chunk: readonly number[] | Uint8Array, version = 4, maximum = MAXIMUM) {
    core.load(Uint8Array.from(chunk));
    const count = core.frame(0, version, maximum);
    return { count, status: core.status, consumed: core.consumed, needed: core.needed };
  }

  function refused(why: number) {
    return { count: 0, status: why, consumed: 0, needed: 0 };
  }

  test.each([
    ["a variable byte integer of five bytes", [0xc0, 0x80, 0x80, 0x80, 0x80, 0x01], status.MALFORMED_VARINT],
    ["a padded variable byte integer", [0xc0, 0x80, 0x00], status.PADDED_VARINT],
    ["type 0", [0x00, 0x00], status.UNKNOWN_PACKET_TYPE],
    ["type 15 before 5.0", [0xf0, 0x00], status.UNKNOWN_PACKET_TYPE],
    ["flags of a PINGREQ [MQTT-2.2.2-2 of 3.1.1]", [0xc1, 0x00], status.RESERVED_FLAGS],
    ["flags of a PUBREL [MQTT-2.2.2-2 of 3.1.1]", [0x60, 0x02, 0x00, 0x01], status.RESERVED_FLAGS],
    ["QoS 3 [MQTT-3.3.1-4 of 3.1.1]", [0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01], status.INVALID_QOS],
    ["a topic longer than the PUBLISH", [0x30, 0x03, 0x00, 0x02, 0x61], status.INVALID_LENGTH],
    ["a PUBLISH without a topic", [0x30, 0x01, 0x00], status.INVALID_LENGTH],
    ["QoS 1 without a packet identifier", [0x32, 0x03, 0x00, 0x01, 0x61], status.INVALID_LENGTH],
    ["a PUBACK of three bytes before 5.0", [0x40, 0x03, 0x00, 0x01, 0x00], status.INVALID_LENGTH],
    ["a PINGREQ with a body", [0xc0, 0x01, 0x00], status.INVALID_LENGTH],
    ["a DISCONNECT with a body before 5.0", [0xe0, 0x01, 0x00], status.INVALID_LENGTH],
    [
      "packet identifier 0 of a PUBLISH [MQTT-2.3.1-1 of 3.1.1]",
      [0x32, 5, 0, 1, 0x61, 0, 0],
      status.ZERO_PACKET_IDENTIFIER,
    ],
    ["packet identifier 0 of a SUBSCRIBE [MQTT-2.3.1-1 of 3.1.1]", [0x82, 2, 0, 0], status.ZERO_PACKET_IDENTIFIER],
    ["packet identifier 0 of a PUBACK", [0x40, 2, 0, 0], status.ZERO_PACKET_IDENTIFIER],
    ["an empty topic [MQTT-4.7.3-1 of 3.1.1]", [0x30, 0x02, 0x00, 0x00], status.EMPTY_TOPIC],
    ["an overlong sequence in a topic [MQTT-1.5.3-1 of 3.1.1]", [0x30, 4, 0, 2, 0xc0, 0xaf], status.INVALID_UTF8],
    ["a surrogate in a topic [MQTT-1.5.3-1 of 3.1.1]", [0x30, 5, 0, 3, 0xed, 0xa0, 0x80], status.INVALID_UTF8],
    ["U+0000 in a topic [MQTT-1.5.3-2 of 3.1.1]", [0x30, 4, 0, 2, 0x61, 0x00], status.NUL_CHARACTER],
    ["+ in a topic name [MQTT-3.3.2-2 of 3.1.1]", [0x30, 4, 0, 2, 0x61, 0x2b], status.WILDCARD_IN_TOPIC_NAME],
    ["# in a topic name [MQTT-3.3.2-2 of 3.1.1]", [0x30, 3, 0, 1, 0x23], status.WILDCARD_IN_TOPIC_NAME],
    ["129 levels", [0x30, 0x82, 0x01, 0, 128, ...Array<number>(128).fill(0x2f)], status.TOO_MANY_LEVELS],
  ])("refuses %s", (_what, chunk, why) => {
    expect(frame(chunk)).toEqual(refused(why));
  });

  test.each([
    ["properties longer than the PUBLISH", [0x30, 4, 0, 1, 0x61, 1], status.INVALID_LENGTH],
    ["properties that do not end with the PUBACK", [0x40, 5, 0, 1, 0, 0, 0], status.INVALID_LENGTH],
    ["a padded property length [MQTT-1.5.5-1]", [0x40, 5, 0, 1, 0, 0x80, 0], status.PADDED_VARINT],
    ["neither topic nor alias [MQTT-4.7.3-1]", [0x30, 5, 0, 0, 2, 0x01, 0], status.EMPTY_TOPIC],
    ["properties that cannot be walked to an alias", [0x30, 5, 0, 0, 2, 0x11, 0], status.INVALID_PROPERTIES],
    ["an alias that is cut", [0x30, 5, 0, 0, 2, 0x23, 0], status.INVALID_PROPERTIES],
  ])("refuses %s in 5.0", (_what, chunk, why) => {
    expect(frame(chunk, 5)).toEqual(refused(why));
  });

  test("refuses a packet over the maximum packet size by its fixed header alone, and takes one of just that size", () => {
    expect(frame([0x30, 0xff, 0xff, 0x7f], 4, 1000)).toEqual(refused(status.PACKET_TOO_LARGE));
    expect(frame([0x30, 5, 0, 1, 0x61, 1, 2], 4, 6)).toEqual(refused(status.PACKET_TOO_LARGE));
    expect(frame([0x30, 5, 0, 1, 0x61, 1, 2], 4, 7).count).toBe(1);
  });

  test("takes DUP on PUBREL, SUBSCRIBE and UNSUBSCRIBE from a 3.1 client only", () => {
    for (const firstByte of [0x6a, 0x8a, 0xaa]) {
      expect(frame([firstByte, 2, 0, 1], 3).count).toBe(1);
      expect(frame([firstByte, 2, 0, 1], 4)).toEqual(refused(status.RESERVED_FLAGS));
    }
  });

  test("takes a topic alias in place of the topic, and leaves the routes to the host", () => {
    mustSubscribe(core, "#", 1);
    expect(frame([0x30, 8, 0, 0, 5, 0x01, 0, 0x23, 0, 9], 5)).toEqual({ ...refused(0), count: 1, consumed: 10 });
    const { records } = core;
    expect([records.topicLength(0), records.properties(0), records.propertiesLength(0)]).toEqual([0, 5, 5]);
    expect([records.payload(0), records.routeCount(0)]).toEqual([10, 0]);
  });

  test("takes 128 levels, and reason code and properties of a 5.0 ack or none of them", () => {
    expect(frame([0x30, 0x81, 0x01, 0, 127, ...Array<number>(127).fill(0x2f)]).count).toBe(1);
    expect(frame([0x40, 2, 0, 7, 0x40, 3, 0, 7, 0x10, 0x40, 6, 0, 7, 0x87, 2, 0x1f, 9], 5).count).toBe(3);
    const { records } = core;
    expect([0, 1, 2].map((i) => records.reasonCode(i))).toEqual([0, 0x10, 0x87]);
    expect([0, 1, 2].map((i) => records.propertiesLength(i))).toEqual([0, 0, 2]);
    expect(records.properties(2)).toBe(15);
  });

  test("keeps the records in front of a refused packet", () => {
    expect(frame([0xc0, 0, 0xc0, 0, 0xc1, 0])).toEqual({
      count: 2,
      status: status.RESERVED_FLAGS,
      consumed: 4,
      needed: 0,
    });
  });

  test.each([
    ["CONNECT", [0x10, 0], 5],
    ["SUBSCRIBE", [0x82, 2, 0, 1], 4],
    ["UNSUBSCRIBE", [0xa2, 2, 0, 1], 4],
    ["DISCONNECT", [0xe0, 0], 4],
    ["AUTH", [0xf0, 0], 5],
    ["the first packet of a connection", [0xc0, 0], 0],
  ])("stops behind %s, which may change what comes next", (_what, packet, version) => {
    const chunk = [...packet, 0xc0, 0];
    expect(frame(chunk, version)).toEqual({ count: 1, status: status.FRAME_MORE, consumed: packet.length, needed: 0 });
    expect(frame(packet, version)).toEqual({ count: 1, status: status.FRAME_END, consumed: packet.length, needed: 0 });
  });

  test("matches a PUBLISH behind a SUBSCRIBE of the same chunk against the new subscription", () => {
    const publish = [0x30, 3, 0, 1, 0x61];
    frame([...publish, 0x82, 2, 0, 1, ...publish]);
    expect(core.records.routeCount(0)).toBe(0);
    const entry = mustSubscribe(core, "a", 5);
    expect(core.frame(core.consumed, 4, MAXIMUM)).toBe(1);
    expect(recordRoutes(core, 0)).toEqual([entry]);
  });

  test("makes 1,024 records a call", () => {
    const pings = Array.from({ length: 1025 * 2 }, (_, i) => (i % 2 === 0 ? 0xc0 : 0));
    expect(frame(pings)).toEqual({ count: 1024, status: status.FRAME_MORE, consumed: 2048, needed: 0 });
    expect(core.frame(2048, 4, MAXIMUM)).toBe(1);
    expect([core.status, core.consumed]).toEqual([status.FRAME_END, 2050]);
  });

  test("ends a call behind a topic name that took long to match", () => {
    const topic = "a/".repeat(127);
    for (let i = 0; i < 1024; i++) {
      const levels = Array.from({ length: 127 }, (_, level) => ((i >> (level % 10)) & 1 ? "+" : "a"));
      mustSubscribe(core, [...levels, "x"].join("/"), 1);
    }
    const publishes = ["b", "c", "d"].map((last) => publish({ version: 4, topic: topic + last }));
    const length = publishes[0]?.length ?? 0;
    const chunk = Buffer.concat([...publishes, ...publishes]);
    const cold = { count: 1, status: status.FRAME_LONG, needed: 0 };
    expect(frame(chunk)).toEqual({ ...cold, consumed: length });
    expect(core.frame(length, 4, MAXIMUM)).toBe(1);
    expect(core.frame(2 * length, 4, MAXIMUM)).toBe(1);
    // The others are in the route cache.
    expect(core.frame(3 * length, 4, MAXIMUM)).toBe(3);
    expect([core.status, core.consumed]).toEqual([status.FRAME_END, chunk.length]);
  });

  test("frames a chunk larger than any before it", () => {
    const payload = Buffer.alloc(900_000, 0x78);
    const body = Buffer.concat([Buffer.from([0, 1, 0x61]), payload]);
    const header = [0x30, (body.length & 127) | 128, ((body.length >> 7) & 127) | 128, body.length >> 14];
    expect(frame(Buffer.concat([Buffer.from(header), body])).count).toBe(1);
    expect(core.records.end(0) - core.records.payload(0)).toBe(payload.length);
    expect(frame([0xc0, 0]).count).toBe(1);
  });

  test("says when a chunk does not fit the memory, and goes on with the next one", () => {
    core = Core.create({ ...options, maximumMemory: 8 << 20 });
    core.load(new Uint8Array(8 << 20));
    expect(core.frame(0, 4, MAXIMUM)).toBe(0);
    expect(core.status).toBe(status.OUT_OF_MEMORY);
    expect(frame([0xc0, 0]).count).toBe(1);
  });

  test("validates strings of any length at any place", () => {
    for (let length = 1; length < 40; length++) {
      for (let at = 0; at < length; at++) {
        const text = Buffer.alloc(length, 0x61);
        expect(core.checkUtf8(text)).toBe(0);
        text[at] = 0x80;
        expect(core.checkUtf8(text)).toBe(status.INVALID_UTF8);
        text[at] = 0;
        expect(core.checkUtf8(text)).toBe(status.NUL_CHARACTER);
        text[at] = 0x23;
        expect(core.checkTopicName(text)).toBe(status.WILDCARD_IN_TOPIC_NAME);
      }
    }
    expect(core.checkTopicName(utf8("a".repeat(65535)))).toBe(0);
    expect(core.checkTopicName(utf8("a".repeat(65536)))).toBe(status.INVALID_LENGTH);
  });
});
