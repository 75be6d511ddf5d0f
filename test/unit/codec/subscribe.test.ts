import { describe, expect, test } from "vitest";
import { REASON } from "../../../src/codec/reason-codes.ts";
import { decodeSubscribe } from "../../../src/codec/subscribe.ts";
import { decodeUnsubscribe } from "../../../src/codec/unsubscribe.ts";
import { decodeAmid, refusal, refusalsOfTruncations } from "../../support/codec.ts";
import {
  type SubscribeOptions,
  subscribe,
  type UnsubscribeOptions,
  unsubscribe,
  type Version,
} from "../../support/packets.ts";
import { itAt } from "../../support/title.ts";

const VERSIONS: Version[] = [3, 4, 5];

function decode(options: SubscribeOptions) {
  return decodeAmid(subscribe(options), (buffer, body, end) =>
    decodeSubscribe(buffer, body, end, options.version ?? 5),
  );
}

function decodeUn(options: UnsubscribeOptions) {
  return decodeAmid(unsubscribe(options), (buffer, body, end) =>
    decodeUnsubscribe(buffer, body, end, options.version ?? 5),
  );
}

const refused = (options: SubscribeOptions) => refusal(() => decode(options));

describe.each(VERSIONS)("SUBSCRIBE of version %i", (version) => {
  const test = itAt(version);

  test("reads its filters in order", () => {
    const subscriptions = [{ filter: "a/+", qos: 2 }, { filter: "b/é/#", qos: 1 }, "c"];
    const { packetIdentifier, subscriptions: read } = decode({ version, packetIdentifier: 513, subscriptions });
    expect(packetIdentifier).toBe(513);
    expect(read.map(({ filter, qos }) => [filter.toString(), qos])).toEqual([
      ["a/+", 2],
      ["b/é/#", 1],
      ["c", 0],
    ]);
  });

  test("[MQTT-3.8.3-2] [MQTT-3.8.3-3 of 3.1.1] has at least one filter", () => {
    expect(refused({ version, subscriptions: [] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-2.2.1-3] [MQTT-2.3.1-1 of 3.1.1] has a packet identifier other than 0", () => {
    expect(refused({ version, packetIdentifier: 0, subscriptions: ["a"] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.8.3-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-3.8.3-1 of 3.1.1] [MQTT-4.7.3-1 of 3.1.1] [MQTT-4.7.3-2 of 3.1.1] its filters are non-empty, valid UTF-8 without U+0000", () => {
    expect(refused({ version, subscriptions: ["a", Buffer.from([0xc3])].map((filter) => ({ filter })) })).toBe(
      REASON.MALFORMED_PACKET,
    );
    expect(refused({ version, subscriptions: ["a\0"] })).toBe(REASON.MALFORMED_PACKET);
    expect(refused({ version, subscriptions: [""] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.8.3-4 of 3.1.1] cannot ask for QoS 3", () => {
    expect(refused({ version, subscriptions: [{ filter: "a", options: 3 }] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("cut off anywhere but behind a filter it is refused", () => {
    const bytes = subscribe({ version, packetIdentifier: 1, subscriptions: ["a", "b"] });
    const refusals = refusalsOfTruncations(bytes, (buffer, body, end) => decodeSubscribe(buffer, body, end, version));
    const whole = refusals.length - 4;
    expect(refusals.map((code, at) => (at === whole ? code === undefined : code !== undefined))).not.toContain(false);
  });
});

describe("subscription options", () => {
  test("all read", () => {
    const subscriptions = [
      { filter: "a", qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 2 },
      { filter: "b", qos: 2, noLocal: false, retainAsPublished: true, retainHandling: 1 },
    ];
    expect(decode({ subscriptions }).subscriptions).toEqual(
      subscriptions.map((each) => ({ ...each, filter: Buffer.from(each.filter) })),
    );
  });

  test("[MQTT-3.8.3-5] reserved bits are malformed", () => {
    for (const options of [0x40, 0x80]) {
      expect(refused({ subscriptions: [{ filter: "a", options }] })).toBe(REASON.MALFORMED_PACKET);
    }
  });

  test("[MQTT-3.8.3-4 of 3.1.1] all bits but the QoS are reserved", () => {
    for (const options of [0x04, 0x08, 0x10, 0x20, 0x40, 0x80]) {
      expect(refused({ version: 4, subscriptions: [{ filter: "a", options }] })).toBe(REASON.MALFORMED_PACKET);
    }
  });

  test("MQTT 3.1 gives those bits no meaning", () => {
    const [read] = decode({ version: 3, subscriptions: [{ filter: "a", options: 0xfd }] }).subscriptions;
    expect(read).toMatchObject({ qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 });
  });

  test("retain handling 3 is a Protocol Error", () => {
    expect(refused({ subscriptions: [{ filter: "a", retainHandling: 3 }] })).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.8.3-4] No Local on a shared subscription is a Protocol Error", () => {
    expect(refused({ subscriptions: [{ filter: "$share/g/a", noLocal: true }] })).toBe(REASON.PROTOCOL_ERROR);
    expect(refused({ subscriptions: [{ filter: "$share/g/a" }] })).toBeUndefined();
    expect(refused({ subscriptions: [{ filter: "$shared/g/a", noLocal: true }] })).toBeUndefined();
  });

  test("the subscription identifier and user properties", () => {
    const properties = { subscriptionIdentifiers: [268_435_455], userProperties: [["a", "b"] as [string, string]] };
    const read = decode({ subscriptions: ["a"], properties });
    expect(read.subscriptionIdentifier).toBe(268_435_455);
    expect(read.properties).toEqual(properties);
  });
});

describe.each(VERSIONS)("UNSUBSCRIBE of version %i", (version) => {
  const test = itAt(version);

  test("reads its filters in order", () => {
    expect(decodeUn({ version, packetIdentifier: 9, filters: ["b", "a/#"] })).toEqual({
      packetIdentifier: 9,
      filters: [Buffer.from("b"), Buffer.from("a/#")],
      properties: {},
    });
  });

  test("[MQTT-3.10.3-2] [MQTT-2.2.1-3] [MQTT-3.10.3-2 of 3.1.1] [MQTT-2.3.1-1 of 3.1.1] has a filter and a packet identifier", () => {
    expect(refusal(() => decodeUn({ version, filters: [] }))).toBe(REASON.PROTOCOL_ERROR);
    expect(refusal(() => decodeUn({ version, packetIdentifier: 0, filters: ["a"] }))).toBe(REASON.PROTOCOL_ERROR);
  });

  test("[MQTT-3.10.3-1] [MQTT-3.10.3-1 of 3.1.1] its filters are non-empty, valid UTF-8", () => {
    expect(refusal(() => decodeUn({ version, filters: [Buffer.from([0x80])] }))).toBe(REASON.MALFORMED_PACKET);
    expect(refusal(() => decodeUn({ version, filters: ["a", ""] }))).toBe(REASON.PROTOCOL_ERROR);
  });
});
