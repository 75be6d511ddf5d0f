import { describe, expect, it } from "vitest";
import type { BrokerOptions } from "../../../src/index.ts";
import type { AccessOptions, AccessRuleOptions } from "../../../src/security/acl/options.ts";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { messages, publishAcknowledged, retainEnd, retainedFor, subscribeTo } from "../../support/exchange.ts";
import { cut } from "../../support/flows.ts";
import { type ConnectOptions, publish, pubrel, type Version } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { holdTime, pass } from "../../support/time.ts";
import { itAt } from "../../support/title.ts";

/** The attacker has the run of `open/#` and of what bears its name; the rest is root's. */
const RULES: AccessOptions = {
  rules: [
    { effect: "allow", users: ["root"] },
    { effect: "deny", filters: ["open/secret/#"] },
    { effect: "allow", filters: ["open/#", "users/%u/#", "clients/%c/#", "$end"] },
  ],
};
const FORBIDDEN = [
  "secret",
  "open/secret",
  "open/secret/x",
  "users/root/x",
  "clients/root/x",
  "$SYS/x",
  "$other",
  "a/b",
];
/** All that would bring some of it. */
const TOO_WIDE = [
  "#",
  "+",
  "+/#",
  "open/#",
  "open/+",
  "+/secret",
  "open/+/x",
  "users/+/x",
  "users/#",
  "$SYS/#",
  "$SYS/+",
  "+/+",
];

function startWith(accessRules: AccessOptions, more: BrokerOptions = {}): Promise<TestBroker> {
  return startBroker({ access: { authenticate: () => 0 }, accessRules, ...more });
}

function enter(test: TestBroker, username: string, more: ConnectOptions = {}): Promise<RawClient> {
  return test.connect({ clientIdentifier: username, username, ...more }, { autoAck: true });
}

async function startAttacked(version: Version) {
  const test = await startWith(RULES, { limits: { topicAliasMaximum: 16 } });
  const root = await enter(test, "root");
  await subscribeTo(root, ["#", "$SYS/#", "$other"]);
  return { test, root, attacker: await enter(test, "attacker", { version }) };
}

async function change(test: TestBroker, rules: readonly AccessRuleOptions[]): Promise<void> {
  (await test.broker.prepareSecurity({ accessRules: { rules } }))();
}

describe.each<Version>([3, 4, 5])("an attacker at protocol level %i", (version) => {
  const it = itAt(version);
  const no = version === 5 ? 0x87 : 0;

  it("publishes nothing it may not, with any QoS, retained or not, and leaves nothing behind", async () => {
    const { test, root, attacker } = await startAttacked(version);
    for (const topic of FORBIDDEN) {
      for (const retain of [false, true]) {
        attacker.send(publish({ version, topic, payload: "x", retain }));
        expect(await publishAcknowledged(attacker, topic, "x", { retain })).toMatchObject({ reasonCode: no });
        attacker.send(publish({ version, topic, qos: 2, packetIdentifier: 7, payload: "x", retain }));
        expect(await attacker.expect("pubrec")).toMatchObject({ reasonCode: no });
        // The second half of what was refused brings nothing about.
        if (version !== 5) {
          attacker.send(pubrel(7));
          await attacker.expect("pubcomp");
        }
      }
    }
    await root.expectNothing();
    expect(test.broker.gauges.retainedMessages).toBe(0);
  });

  it("leaves no will it may not publish", async () => {
    const { test, root } = await startAttacked(version);
    for (const topic of FORBIDDEN) {
      const client = await enter(test, "other", { version, will: { topic, payload: "gone", retain: true } });
      expect(client.connack).toMatchObject({ reasonCode: version === 5 ? 0x87 : 5 });
      await client.expectClosed();
    }
    await root.expectNothing();
  });

  it("subscribes to nothing that would bring what it may not have, by itself or in a group", async () => {
    const { test, attacker } = await startAttacked(version);
    const shared = version === 5 ? [...TOO_WIDE, ...FORBIDDEN].map((filter) => `$share/g/${filter}`) : [];
    const filters = [...TOO_WIDE, ...FORBIDDEN, ...shared];
    const { reasonCodes } = await subscribeTo(attacker, filters);
    // A SUBACK of MQTT 3.1 cannot say no.
    expect(new Set(reasonCodes)).toEqual(new Set([{ 3: 0, 4: 0x80, 5: 0x87 }[version]]));
    for (const topic of FORBIDDEN) test.broker.publish(topic, "x");
    await attacker.expectNothing();
    expect(test.broker.statistics.messagesDroppedNotAuthorized).toBe(0);
  });

  it("gets no retained message that it may not have", async () => {
    const { test, attacker } = await startAttacked(version);
    for (const topic of [...FORBIDDEN, "open/x"]) test.broker.publish(topic, "kept", { retain: true });
    retainEnd(test);
    const filters = [...TOO_WIDE, ...FORBIDDEN, "open/x"];
    expect(await retainedFor(attacker, filters)).toEqual(["open/x=kept"]);
  });
});

describe("an attacker", () => {
  it("publishes nothing by an alias that it may not by its name, also when rights go while the alias stays", async () => {
    const { test, root, attacker } = await startAttacked(5);
    const send = (topic: string, topicAlias: number) =>
      publishAcknowledged(attacker, topic, "x", { properties: { topicAlias } });
    for (const [index, topic] of FORBIDDEN.entries()) {
      expect(await send(topic, index + 1)).toMatchObject({ reasonCode: 0x87 });
      expect(await send("", index + 1)).toMatchObject({ reasonCode: 0x87 });
    }
    await root.expectNothing();
    await send("open/x", 1);
    expect(await messages(root, 1)).toEqual(["open/x=x"]);
    await change(test, [{ effect: "allow", users: ["root"] }]);
    expect(await send("", 1)).toMatchObject({ reasonCode: 0x87 });
    await root.expectNothing();
  });

  it("finds no name that stands for more than itself", async () => {
    const { test } = await startAttacked(5);
    for (const name of ["+", "#", "root/x", "root/#", "%u", "%c", ".*", "*", "$&", "$SYS"]) {
      const client = await enter(test, name);
      const filters = ["users/root/x", "clients/root/x", "users/+/x", "clients/#", "$SYS/#"];
      expect((await subscribeTo(client, filters)).reasonCodes).toEqual(filters.map(() => 0x87));
    }
  });

  it("publishes no will that its rights do not cover any more when it goes", async () => {
    for (const cleanStart of [true, false]) {
      const { test, root } = await startAttacked(5);
      const will = { topic: "open/will", payload: "gone", retain: true };
      const client = await enter(test, "other", { cleanStart, will, properties: { sessionExpiryInterval: 100 } });
      await change(test, [{ effect: "allow", users: ["root"] }]);
      client.destroy();
      await expect.poll(() => test.broker.gauges.connections).toBe(2);
      await root.expectNothing();
      expect(test.broker.gauges.retainedMessages).toBe(0);
    }
  });

  it("publishes no will with a delay that its rights do not cover any more when that is over", async () => {
    let isAllowed = true;
    const staff = { effect: "allow", groups: ["staff"], filters: ["open/#"] } as const;
    const rest = [
      { effect: "allow", users: ["root"] },
      { effect: "allow", filters: ["other"] },
    ] as const;
    const access = {
      authenticate: () => ({ groups: ["staff"] }),
      authorize: (_: unknown, __: unknown, topic: string) => isAllowed || topic !== "open/will",
    };
    holdTime();
    for (const [rules, allows, arrives] of [
      [[...rest, staff], true, ["open/will=gone"]],
      [rest, true, []],
      [[...rest, staff], false, []],
    ] as const) {
      isAllowed = true;
      const test = await startBroker({ access, accessRules: { rules: [...rest, staff] } });
      const root = await enter(test, "root");
      await subscribeTo(root, ["#"]);
      const will = { topic: "open/will", payload: "gone", properties: { willDelayInterval: 30 } };
      const client = await enter(test, "other", { will, properties: { sessionExpiryInterval: 100 } });
      await cut(test, client);
      await change(test, rules);
      isAllowed = allows;
      pass(31);
      test.broker.publish("end", "");
      expect(await messages(root, arrives.length + 1)).toEqual([...arrives, "end="]);
      expect(test.broker.statistics.messagesDroppedNotAuthorized).toBe(1 - arrives.length);
    }
  });

  it("whose rights are taken away keeps nothing from the other members of a group", async () => {
    const test = await startWith(RULES);
    const root = await enter(test, "root");
    const [first, second] = [await enter(test, "first"), await enter(test, "second")];
    for (const client of [first, second]) await subscribeTo(client, [{ filter: "$share/g/open/x", qos: 1 }]);
    const rest = [{ effect: "allow", users: ["root", "second"] }] as const;
    await change(test, rest);
    for (const payload of ["1", "2", "3", "4"]) await publishAcknowledged(root, "open/x", payload);
    expect(await messages(second, 4)).toEqual(["1", "2", "3", "4"].map((payload) => `open/x=${payload}`));
    await first.expectNothing();
  });

  it("does not keep by a session what a function does not allow any more", async () => {
    let isAllowed = true;
    const access = {
      authenticate: () => 0,
      authorize: (_: unknown, __: unknown, topic: string) => isAllowed || topic === "b",
    };
    const test = await startBroker({ access });
    const lasting = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };
    const client = await enter(test, "client", lasting);
    await subscribeTo(client, ["a", "b", "$share/g/a"]);
    await client.close();
    isAllowed = false;
    const again = await enter(test, "client", lasting);
    expect(again.connack).toMatchObject({ sessionPresent: true });
    for (const topic of ["a", "b"]) test.broker.publish(topic, "x");
    expect(await messages(again, 1)).toEqual(["b=x"]);
    await again.expectNothing();
  });
});
