import { expect, test } from "vitest";
import {
  AUTH,
  CONNACK,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBACK,
  UNSUBACK,
} from "../../../assembly/shared/packet-types.ts";
import * as STATUS from "../../../assembly/shared/status.ts";
import { frameError } from "../../../src/codec/frame-errors.ts";
import { mayCarry, mayClientSend, REASON, reasonName } from "../../../src/codec/reason-codes.ts";
import { PacketError, TernmqError } from "../../../src/errors.ts";

function carriedBy(type: number): number[] {
  return Array.from({ length: 256 }, (_, code) => code).filter((code) => mayCarry(type, code));
}

const RECEIPT = [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

test.each([
  [
    "[MQTT-3.2.2-8] CONNACK",
    CONNACK,
    [
      0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
      0x9c, 0x9d, 0x9f,
    ],
  ],
  ["[MQTT-3.4.2-1] PUBACK", PUBACK, RECEIPT],
  ["[MQTT-3.5.2-1] PUBREC", PUBREC, RECEIPT],
  ["[MQTT-3.6.2-1] PUBREL", PUBREL, [0, 0x92]],
  ["[MQTT-3.7.2-1] PUBCOMP", PUBCOMP, [0, 0x92]],
  ["[MQTT-3.9.3-2] SUBACK", SUBACK, [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2]],
  ["[MQTT-3.11.3-2] UNSUBACK", UNSUBACK, [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]],
  [
    "[MQTT-3.14.2-1] DISCONNECT",
    DISCONNECT,
    [
      0, 4, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
      0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ],
  ],
  ["[MQTT-3.15.2-1] AUTH", AUTH, [0, 0x18, 0x19]],
])("%s carries the codes of its table", (_packet, type, codes) => {
  expect(carriedBy(type)).toEqual(codes);
});

test("a client sends every code of an acknowledgement, and none of what only servers send", () => {
  for (const code of carriedBy(PUBACK)) expect(mayClientSend(PUBACK, code)).toBe(true);
  for (const code of carriedBy(CONNACK)) expect(mayClientSend(CONNACK, code)).toBe(false);
});

test("a reason code has a name for logs", () => {
  expect(reasonName(REASON.NOT_AUTHORIZED)).toBe("not authorized");
  expect(reasonName(0)).toBe("success");
  expect(reasonName(0x7f)).toBe("0x7f");
});

test("a PacketError has a stable code and a reason code", () => {
  const error = new PacketError(REASON.TOPIC_ALIAS_INVALID, "why");
  expect(error).toBeInstanceOf(TernmqError);
  expect(error).toMatchObject({
    name: "PacketError",
    code: "ERR_TOPIC_ALIAS_INVALID",
    reasonCode: 0x94,
    message: "why",
  });
});

test("every status that refuses something has its reason code and its own message", () => {
  const refusals = Object.entries(STATUS).filter(([name]) => !name.startsWith("FRAME_"));
  const statuses = refusals.map(([, status]) => status);
  const errors = statuses.map(frameError);
  expect(new Set(errors.map(({ message }) => message)).size).toBe(statuses.length);
  expect(errors.filter(({ reasonCode }) => reasonCode === REASON.IMPLEMENTATION_SPECIFIC_ERROR)).toEqual([]);
});

test.each([
  [STATUS.MALFORMED_VARINT, REASON.MALFORMED_PACKET],
  [STATUS.RESERVED_FLAGS, REASON.MALFORMED_PACKET],
  [STATUS.INVALID_UTF8, REASON.MALFORMED_PACKET],
  [STATUS.PACKET_TOO_LARGE, REASON.PACKET_TOO_LARGE],
  [STATUS.ZERO_PACKET_IDENTIFIER, REASON.PROTOCOL_ERROR],
  [STATUS.EMPTY_TOPIC, REASON.PROTOCOL_ERROR],
  [STATUS.WILDCARD_IN_TOPIC_NAME, REASON.TOPIC_NAME_INVALID],
  [STATUS.TOO_MANY_LEVELS, REASON.TOPIC_NAME_INVALID],
] as const)("status %i is reason code %i", (status, reasonCode) => {
  expect(frameError(status).reasonCode).toBe(reasonCode);
});

test("a status that nobody knows closes the connection all the same", () => {
  expect(frameError(255).reasonCode).toBe(REASON.IMPLEMENTATION_SPECIFIC_ERROR);
});
