import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerFromJson, lineFromJson } from "../../../src/store-command/line-from-json.ts";
import { lineToJson } from "../../../src/store-command/line-to-json.ts";
import { anyLine, canonical } from "../../support/store-lines.ts";

const MESSAGE = { topic: "a", payload: "eA==", qos: 1, retain: false, receivedAt: 5, publisher: "p" };
const SESSION = { table: "sessions", owner: 1, clientIdentifier: "c", expiryInterval: 60 };
const WILL = { topic: "a", payload: "", qos: 0, retain: false };
const AUTHOR = { listener: "l", transport: "tcp", version: 5, remoteAddress: "" };
const SUBSCRIPTION = {
  table: "subscriptions",
  owner: 1,
  filter: "a",
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
};
const DELIVERY = { table: "deliveries", owner: 1, sequence: 1, qos: 1, retain: false, message: MESSAGE };
const EXCHANGE = { table: "exchanges", owner: 1, packetIdentifier: 1, state: "delivery under way", sequence: 1 };
const COUNTERS = { owner: 1, sequence: 1, message: 1 };

describe("a line", () => {
  it("is read as what it was written from", () => {
    const check = fc.property(anyLine, (line) => {
      const text = JSON.stringify(lineToJson(line));
      const read = lineFromJson(JSON.parse(text));
      expect(canonical(lineToJson(read))).toBe(canonical(JSON.parse(text)));
      expect(read.table).toBe(line.table);
    });
    fc.assert(check, { numRuns: 300 });
  });

  it("tells the properties of a message in its order, readable", () => {
    const properties = [
      ["userProperties", "a", "1"],
      ["contentType", "text/plain"],
      ["userProperties", "a", "2"],
      ["correlationData", "AAE="],
      ["payloadFormatIndicator", 1],
      ["responseTopic", "b"],
    ];
    const line = { table: "messages", number: 3, ...MESSAGE, properties };
    expect(lineToJson(lineFromJson(line))).toEqual(line);
  });

  const wrong: [line: unknown, reason: string][] = [
    [[], "the line is no JSON object"],
    [{}, '"table" is missing; allowed: "sessions", "groups", "subscriptions"'],
    [{ table: "things" }, '"table" is "things"; allowed: "sessions"'],
    [{ ...SESSION, colour: "red" }, '"colour" is no field that there is'],
    [{ ...SESSION, owner: 0 }, '"owner" is 0; allowed: a whole number from 1 to'],
    [{ ...SESSION, owner: "1" }, '"owner" is "1"; allowed: a whole number'],
    [{ ...SESSION, clientIdentifier: undefined }, '"clientIdentifier" is missing; allowed: a string'],
    [{ ...SESSION, clientIdentifier: "a\0" }, '"clientIdentifier" is "a\\u0000"; allowed: a string'],
    [{ ...SESSION, clientIdentifier: "\ud800" }, '"clientIdentifier" is "\\ud800"; allowed: a string'],
    [{ ...SESSION, clientIdentifier: "x".repeat(65_536) }, "allowed: a string of up to 65535 bytes"],
    [{ ...SESSION, expiryInterval: 2 ** 32 }, '"expiryInterval" is 4294967296; allowed: a whole number from 0 to'],
    [{ ...SESSION, will: 5 }, "the will is no JSON object"],
    [{ ...SESSION, will: { ...WILL, topic: "a/#" } }, '"topic" of the will is "a/#"; allowed: a topic name'],
    [{ ...SESSION, will: { ...WILL, properties: [["topicAlias", 1]] } }, 'a property is ["topicAlias",1]; allowed: '],
    [
      { ...SESSION, author: { ...AUTHOR, version: 9 } },
      '"version" of the author of the will cannot be used; allowed: 3',
    ],
    [
      { ...SESSION, author: { ...AUTHOR, groups: [1] } },
      '"groups" of the author of the will cannot be used; allowed: ',
    ],
    [{ ...SESSION, author: "c" }, "the author of the will is no object"],
    [{ ...SUBSCRIPTION, filter: "a/#/b" }, '"filter" is "a/#/b"; allowed: a topic filter'],
    [{ ...SUBSCRIPTION, filter: "a+" }, '"filter" is "a+"; allowed: a topic filter'],
    [{ ...SUBSCRIPTION, filter: "" }, '"filter" is ""; allowed: a topic filter'],
    [{ ...SUBSCRIPTION, filter: "$share/name" }, '"filter" is "$share/name"; allowed: a topic filter'],
    [{ ...SUBSCRIPTION, qos: 3 }, '"qos" is 3; allowed: a whole number from 0 to 2'],
    [{ ...SUBSCRIPTION, noLocal: 1 }, '"noLocal" is 1; allowed: true or false'],
    [{ table: "groups", owner: 1, filter: "a" }, '"filter" is "a"; allowed: $share/{name}/{topic filter}'],
    [{ table: "received", owner: 1, packetIdentifier: 0 }, '"packetIdentifier" is 0; allowed: a whole number from 1'],
    [{ ...DELIVERY, qos: 0 }, '"qos" is 0; allowed: a whole number from 1 to 2'],
    [{ ...DELIVERY, sequence: 2 ** 51 }, '"sequence" is 2251799813685248; allowed: a whole number from 1 to'],
    [{ ...DELIVERY, message: undefined }, '"message" is missing; allowed: an object, or "messageNumber"'],
    [{ ...DELIVERY, message: { ...MESSAGE, payload: "x" } }, '"payload" of the message is "x"; allowed: base64'],
    [{ ...DELIVERY, message: { ...MESSAGE, colour: 1 } }, '"colour" of the message is no field that there is'],
    [{ ...DELIVERY, subscriptionIdentifiers: [0] }, '"identifier" is 0; allowed: a whole number from 1 to 268435455'],
    [{ ...DELIVERY, subscriptionIdentifiers: 5 }, '"subscriptionIdentifiers" is 5; allowed: a list'],
    [{ ...EXCHANGE, state: 1 }, '"state" is 1; allowed: "delivery under way", "PUBREL under way"'],
    [{ table: "retained", message: MESSAGE }, '"messageNumber" is missing; allowed: a whole number from 1'],
  ];
  it.each(wrong.map(([line, reason]) => [JSON.stringify(line).slice(0, 120), line, reason] as const))(
    "is refused, with what is allowed: %s",
    (_, line, reason) => {
      const read = () => lineFromJson(JSON.parse(JSON.stringify(line)));
      expect(read).toThrow(reason);
      expect(read).toThrow(RangeError);
    },
  );

  const wrongProperties: [property: unknown, reason: string][] = [
    ["contentType", 'a property is "contentType"; allowed: payloadFormatIndicator, contentType'],
    [["messageExpiryInterval", 5], 'a property is ["messageExpiryInterval",5]; allowed: payloadFormatIndicator'],
    [["contentType"], "the property contentType is []; allowed: a string"],
    [["contentType", "a", "b".repeat(99)], `is ["a","${"b".repeat(54)}…; allowed: a string`],
    [["contentType", 5], "the property contentType is [5]; allowed: a string"],
    [["userProperties", "a"], 'the property userProperties is ["a"]; allowed: a name and a value'],
    [["payloadFormatIndicator", 2], "the property payloadFormatIndicator is [2]; allowed: 0 or 1"],
    [["correlationData", "?"], 'the property correlationData is ["?"]; allowed: base64'],
    [["responseTopic", "a/+"], "the response topic holds a wildcard"],
  ];
  it.each(wrongProperties)("is refused for the property %j", (property, reason) => {
    const message = { ...MESSAGE, properties: [property] };
    expect(() => lineFromJson({ ...DELIVERY, message })).toThrow(reason);
  });

  it("is refused for a property that stands there twice", () => {
    const property = ["contentType", "a"];
    expect(() => lineFromJson({ ...DELIVERY, message: { ...MESSAGE, properties: [property, property] } })).toThrow(
      "contentType is there more than once",
    );
  });
});

describe("the first line", () => {
  it("tells the counters", () => {
    expect(headerFromJson({ "ternmq-store": 1, format: 7, counters: COUNTERS })).toEqual(COUNTERS);
  });

  it.each<[line: unknown, reason: string]>([
    [SESSION, '"ternmq-store" of the first line is missing; allowed: 1'],
    [{ "ternmq-store": 2, counters: COUNTERS }, '"ternmq-store" of the first line is 2; allowed: 1'],
    [{ "ternmq-store": 1 }, "the counters is no JSON object"],
    [
      { "ternmq-store": 1, counters: { ...COUNTERS, owner: 0 } },
      '"owner" of the counters is 0; allowed: a whole number',
    ],
  ])("%j is refused", (line, reason) => {
    expect(() => headerFromJson(line)).toThrow(reason);
  });
});
