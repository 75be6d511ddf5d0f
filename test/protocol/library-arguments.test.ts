import { describe, expect, it } from "vitest";
import { createBroker, type ListenerOptions } from "../../src/index.ts";
import { startBroker } from "../support/broker.ts";

/** What a program without types may hand over. */
const loosely = (value: unknown): never => value as never;

describe("a program without types", () => {
  it.each([
    ["an unknown protocol", { protocol: "xx", port: 0 }, /mqtt, mqtts, ws, wss, unix, not xx/],
    ["a port that is none", { protocol: "mqtt", port: -1 }, /from 0 to 65535, not -1/],
    ["no port", { protocol: "ws" }, /from 0 to 65535, not undefined/],
  ])("hears of a listener with %s", (_what, listener, message) => {
    expect(() => createBroker({ listeners: [loosely(listener)] })).toThrow(message);
  });

  it.each([
    [
      "a text for whether anonymous clients may come in",
      { allowAnonymous: "false" },
      /allowAnonymous: give true or false, not false/,
    ],
    ["an option that is none", { allowAnonymus: false }, /there is no "allowAnonymus"/],
    [
      "an authenticator of no type",
      { authenticators: [{ type: "passwords" }] },
      /\[0\]: type is one of password-file, .*, not passwords/,
    ],
    ["an authenticator that does nothing", { authenticators: [{ name: "x" }] }, /\[0\]: give a type, or a function/],
    ["an authenticator alone", { authenticators: { type: "module", file: "a" } }, /authenticators: give a list/],
    [
      "an option that tokens do not have",
      { authenticators: [{ type: "jwt", audiance: "mqtt" }] },
      /there is no "audiance"/,
    ],
    [
      "a text for whether tokens expire",
      { authenticators: [{ type: "jwt", requireExpiry: "yes" }] },
      /requireExpiry: give true or false/,
    ],
  ])("hears of an authentication with %s, for all or for one listener", async (_what, given, message) => {
    const authentication = loosely(given);
    const refusal = expect.objectContaining({ code: "ERR_OPTION", message: expect.stringMatching(message) });
    await expect(startBroker({ authentication })).rejects.toThrow(refusal);
    const listeners: ListenerOptions[] = [{ protocol: "mqtt", port: 0, authentication }];
    await expect(startBroker({ listeners })).rejects.toThrow(refusal);
  });

  it.each([
    ["a name that is none", { accessRule: {} }, /there is no option accessRule: give listeners, limits/],
    ["one listener alone", { listeners: { protocol: "mqtt", port: 0 } }, /the option listeners is a list/],
    ["rules alone", { accessRules: [{ effect: "deny" }] }, /the option accessRules is an object/],
    ["nothing for its limits", { limits: null }, /the option limits is an object, not null/],
  ])("hears of options with %s, of a new broker and of one that runs", async (_what, options, message) => {
    const refusal = expect.objectContaining({ code: "ERR_ARGUMENT", message: expect.stringMatching(message) });
    expect(() => createBroker(loosely(options))).toThrow(refusal);
    const { broker } = await startBroker();
    await expect(broker.reload(loosely(options))).rejects.toThrow(refusal);
  });

  it.each([
    ["no topic", [undefined, "x"], /topic name as a string/],
    ["no payload", ["t"], /payload as a string or Uint8Array/],
    ["a number for a payload", ["t", 123], /payload as a string or Uint8Array/],
    ["QoS 3", ["t", "x", { qos: 3 }], /0, 1 or 2, not 3/],
    [
      "an expiry that no packet holds",
      ["t", "x", { properties: { messageExpiryInterval: 2 ** 32 } }],
      /to 4294967295, not 4294967296/,
    ],
    [
      "an expiry that is no number",
      ["t", "x", { properties: { messageExpiryInterval: Number.NaN } }],
      /whole number of seconds/,
    ],
    ["a text for correlation data", ["t", "x", { properties: { correlationData: "x" } }], /a Uint8Array, not x/],
    ["half a user property", ["t", "x", { properties: { userProperties: [["a"]] } }], /list of pairs of strings/],
    ["an empty topic", ["", "x"], /topic is empty/],
    ["a wildcard", ["a/+", "x"], /wildcard/],
  ])("hears of a publish with %s", async (_what, given, message) => {
    const { broker } = await startBroker();
    expect(() => broker.publish(...(given as [never, never]))).toThrow(message);
  });

  it.each([
    ["no listener", ["t"], /needs a function/],
    ["no filter", [undefined, () => {}], /filter as a string/],
    ["a shared filter", ["$share/g/t", () => {}], /shared subscriptions are for clients/],
    ["an empty filter", ["", () => {}], /topic is empty/],
  ])("hears of a subscribe with %s", async (_what, given, message) => {
    const { broker } = await startBroker();
    expect(() => broker.subscribe(...(given as [never, never]))).toThrow(message);
  });
});

it("a message beyond the maximum packet size is refused with 0x95", async () => {
  const { broker } = await startBroker({ limits: { maximumPacketSize: 1_000 } });
  expect(broker.publish("t", Buffer.alloc(900))).toBe(0);
  expect(() => broker.publish("t", Buffer.alloc(1_000))).toThrow(expect.objectContaining({ reasonCode: 0x95 }));
});
