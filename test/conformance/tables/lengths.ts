import type { Version } from "../../support/packets.ts";
import { packet, u8 } from "../../support/wire.ts";
import { after, type Case, FORBIDDEN, hex, named, refused, type Statements } from "./case.ts";
import { bodyOf, bytesOf, type Form, formsOf } from "./forms.ts";
import { refusedForm, violated } from "./truncations.ts";

const NOT_SHORTEST: Statements = { 5: "[MQTT-1.5.5-1]" };
/** The others repeat the packet identifier of a packet before. */
const CHOOSE_IDENTIFIERS = ["PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"];
const ZERO_IDENTIFIER: Statements = { 4: "[MQTT-2.3.1-1 of 3.1.1]", 5: "[MQTT-2.2.1-3]" };

type Row = Pick<Case, "bytes" | "accepted"> & { what: string; statements?: Statements; delivered?: number };

function caseOf(version: Version, form: Form, { what, statements, ...row }: Row): Case {
  const name = named(version, violated(form, statements), `${form.name} ${what}`);
  return { name, version, ...row, ...(form.connect !== undefined && { connect: form.connect }) };
}

/** Every other packet has an end of its own. */
function withBytesBehind(version: Version, form: Form): Row[] {
  if (form.name === "PUBLISH") return [];
  return [[0x00], [0xff], [0xff, 0xff, 0xff]].map((behind) => ({
    what: `with ${behind.map(hex).join(" ")} behind its end`,
    bytes: packet(form.firstByte, bodyOf(form), Buffer.from(behind)),
    accepted: refusedForm(version, form),
  }));
}

/**
 * A remaining length that does not fit what was sent. The packet takes a byte from the PINGREQ that follows, or leaves one to it. The
 * payload of a PUBLISH takes and leaves what it gets, and a type 0 comes next.
 */
function withWrongRemainingLength(version: Version, form: Form): Row[] {
  const body = bodyOf(form);
  const isPublish = form.name === "PUBLISH";
  const end = refusedForm(version, form);
  const outcome = { accepted: isPublish ? after("puback 0x00", end) : end, delivered: form.delivered ?? 0 };
  const lengths = body.length === 0 ? [1] : [body.length - 1, body.length + 1];
  return lengths.map((length) => ({
    what: `whose remaining length is one too ${length < body.length ? "short" : "long"}`,
    bytes: Buffer.concat([u8(form.firstByte), u8(length), body]),
    ...outcome,
  }));
}

/** MQTT 3.1.1 does not say that a length has to be in its shortest form. */
function withLongRemainingLength(version: Version, form: Form): Row[] {
  const body = bodyOf(form);
  const five = (last: number): Buffer => Buffer.from([form.firstByte, body.length | 128, 128, 128, 128, last]);
  const taken = version === 5 ? [] : [form.accepted];
  const end = form.connect === false ? ["closed"] : refusedForm(version, form);
  return [
    {
      what: "whose remaining length has a byte more than it needs",
      statements: NOT_SHORTEST,
      bytes: Buffer.concat([Buffer.from([form.firstByte, body.length | 128, 0]), body]),
      accepted: [...end, ...taken],
    },
    {
      what: "whose remaining length has five bytes",
      bytes: Buffer.concat([five(0), body]),
      accepted: end,
    },
    { what: "whose remaining length has no end", bytes: Buffer.concat([five(255), body]), accepted: end },
  ];
}

/** Every string and byte string that is said to be longer than the packet. */
function withLongFields(version: Version, form: Form): Row[] {
  return form.parts.flatMap(({ name, isPrefixed, missing = {} }, index) => {
    if (!isPrefixed) return [];
    const parts = form.parts.map(({ bytes }, at) =>
      at === index ? Buffer.concat([u8(255), u8(255), bytes.subarray(2)]) : bytes,
    );
    return {
      what: `with a length of 65,535 in front of its ${name}`,
      statements: missing,
      bytes: packet(form.firstByte, ...parts),
      accepted: refusedForm(version, form, index > 1),
    };
  });
}

function withoutIdentifier(version: Version, form: Form): Row[] {
  if (!form.parts.some(({ isPacketIdentifier }) => isPacketIdentifier)) return [];
  const parts = form.parts.map(({ isPacketIdentifier, bytes }) => (isPacketIdentifier ? Buffer.alloc(2) : bytes));
  return [
    {
      what: "with packet identifier 0",
      ...(CHOOSE_IDENTIFIERS.includes(form.name) && { statements: ZERO_IDENTIFIER }),
      bytes: packet(form.firstByte, ...parts),
      accepted: refused(version, FORBIDDEN),
    },
  ];
}

/** Each packet with something wrong about one of its lengths, or about its packet identifier. */
export function wrongLengths(version: Version): Case[] {
  return formsOf(version).flatMap((form) =>
    [withBytesBehind, withWrongRemainingLength, withLongRemainingLength, withLongFields, withoutIdentifier]
      .flatMap((rows) => rows(version, form))
      .map((row) => caseOf(version, form, row)),
  );
}

/** Each packet as it should be. */
export function wholePackets(version: Version): Case[] {
  return formsOf(version).map((form) => ({
    name: `${form.name} with all that it may hold`,
    version,
    bytes: bytesOf(form),
    accepted: [form.accepted],
    delivered: form.delivered ?? 0,
    ...(form.connect !== undefined && { connect: form.connect }),
  }));
}
