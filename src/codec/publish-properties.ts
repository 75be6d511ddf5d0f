import { PUBLISH } from "../../assembly/shared/packet-types.ts";
import { PacketError } from "../errors.ts";
import { checkNumber, decodePropertyFields, encodePropertyFields, expectProperty, repeated } from "./properties.ts";
import type { Properties, Property } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { checkString, checkTopicName } from "./utf8.ts";

const EMPTY = Buffer.alloc(0);
const TOPIC_ALIAS = 0x23;
const MESSAGE_EXPIRY_INTERVAL = 0x02;
const PAYLOAD_FORMAT_INDICATOR = 0x01;
const SUBSCRIPTION_IDENTIFIER = 0x0b;
/** Two properties are taken out at most, so what stays is in three runs at most. */
const MAX_RUNS = 3;

/**
 * The properties of a client's PUBLISH, one reusable object. Without properties `decode` allocates nothing; otherwise at most
 * one Buffer.
 */
export class PublishProperties {
  /** 0: none. */
  topicAlias = 0;
  /** Seconds; -1: none. */
  messageExpiryInterval = -1;
  payloadFormatIndicator = 0;
  /**
   * What goes on to the subscribers unaltered and in order: all but Topic Alias and Message Expiry Interval.
   * [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
   * A part of the decoded buffer where it is in one piece there: copy what must outlive the read buffer.
   */
  forwarded: Buffer = EMPTY;

  #buffer: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  /** One bit for each single-valued identifier seen; all of them are below 32 but Topic Alias, which is 0 or not. */
  #seen = 0;
  readonly #runs = new Uint32Array(2 * MAX_RUNS);
  #runCount = 0;

  /** Decodes the property bytes behind their length prefix. Throws a PacketError. */
  decode(buffer: Buffer, start: number, length: number): void {
    this.topicAlias = 0;
    this.messageExpiryInterval = -1;
    this.payloadFormatIndicator = 0;
    this.forwarded = EMPTY;
    if (length === 0) return;
    this.#buffer = buffer;
    this.#at = start;
    this.#end = start + length;
    this.#seen = 0;
    this.#runCount = 0;
    this.#walk();
    this.#takeForwarded();
    this.#buffer = EMPTY;
  }

  #walk(): void {
    let runStart = this.#at;
    while (this.#at < this.#end) {
      const from = this.#at;
      const identifier = this.#byte();
      this.#value(expectProperty(identifier, PUBLISH));
      if (identifier === TOPIC_ALIAS || identifier === MESSAGE_EXPIRY_INTERVAL) {
        this.#keep(runStart, from);
        runStart = this.#at;
      }
    }
    this.#keep(runStart, this.#end);
  }

  #value(property: Property): void {
    this.#markSeen(property);
    switch (property.type) {
      case "byte":
      case "u16":
      case "u32":
      case "varint":
        this.#number(property);
        return;
      case "pair":
        // [MQTT-1.5.7-1]
        this.#string();
        this.#string();
        return;
      case "utf8":
        this.#text(property);
        return;
      case "binary":
        this.#skip(this.#u16());
    }
  }

  #markSeen(property: Property): void {
    const { identifier } = property;
    // [MQTT-3.3.4-6]
    if (identifier === SUBSCRIPTION_IDENTIFIER) {
      throw new PacketError(REASON.PROTOCOL_ERROR, "a client's PUBLISH has a subscription identifier");
    }
    if (property.repeatable.length > 0) return;
    if (identifier === TOPIC_ALIAS ? this.topicAlias !== 0 : (this.#seen & (1 << identifier)) !== 0) {
      throw repeated(property);
    }
    if (identifier !== TOPIC_ALIAS) this.#seen |= 1 << identifier;
  }

  #number(property: Property): void {
    const value = property.type === "byte" ? this.#byte() : property.type === "u16" ? this.#u16() : this.#u32();
    checkNumber(property, value);
    if (property.identifier === TOPIC_ALIAS) this.topicAlias = value;
    if (property.identifier === MESSAGE_EXPIRY_INTERVAL) this.messageExpiryInterval = value;
    if (property.identifier === PAYLOAD_FORMAT_INDICATOR) this.payloadFormatIndicator = value;
  }

  #text(property: Property): void {
    const from = this.#at + 2;
    // [MQTT-3.3.2-13] [MQTT-3.3.2-19]
    this.#string();
    // [MQTT-3.3.2-14]
    if (property.rule === "topic name") checkTopicName(this.#buffer, from, this.#at, "response topic");
  }

  #string(): void {
    const length = this.#u16();
    const from = this.#skip(length);
    checkString(this.#buffer, from, this.#at);
  }

  #byte(): number {
    return this.#buffer[this.#skip(1)] ?? 0;
  }

  #u16(): number {
    return this.#buffer.readUInt16BE(this.#skip(2));
  }

  #u32(): number {
    return this.#buffer.readUInt32BE(this.#skip(4));
  }

  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw new PacketError(REASON.MALFORMED_PACKET, "a property ends behind the others");
    this.#at = from + length;
    return from;
  }

  #keep(from: number, to: number): void {
    if (from === to) return;
    this.#runs[2 * this.#runCount] = from;
    this.#runs[2 * this.#runCount + 1] = to;
    this.#runCount++;
  }

  #takeForwarded(): void {
    if (this.#runCount === 1) this.forwarded = this.#run(0);
    if (this.#runCount > 1) {
      this.forwarded = Buffer.concat(Array.from({ length: this.#runCount }, (_, index) => this.#run(index)));
    }
  }

  #run(index: number): Buffer {
    return this.#buffer.subarray(this.#runs[2 * index], this.#runs[2 * index + 1]);
  }
}

/** The properties in `PublishProperties.forwarded`, for those who read a message rather than pass it on. */
export function decodeMessageProperties(forwarded: Buffer): Properties {
  return decodePropertyFields(new Reader(forwarded, 0, forwarded.length), PUBLISH);
}

/**
 * The bytes that `PublishProperties.forwarded` would hold: of a will, or of a message that the library's user publishes. Takes
 * the five properties that are forwarded as they are and leaves the others alone. Throws a PacketError for a value that no PUBLISH may
 * hold, such as a response topic with a wildcard.
 */
export function encodeForwardedProperties(properties: Properties): Buffer {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties;
  const fields = encodePropertyFields({
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(userProperties !== undefined && { userProperties }),
  });
  decodeMessageProperties(fields);
  return fields;
}
