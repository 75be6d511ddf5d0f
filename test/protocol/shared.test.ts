import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../support/broker.ts";
import {
  join,
  messages,
  publishAcknowledged,
  publishes,
  retainEnd,
  retainedFor,
  subscribeTo,
  unsubscribeFrom,
} from "../support/exchange.ts";
import { cut, publishFrom, takePayloads } from "../support/flows.ts";
import { puback, pubcomp, publish, pubrec, type Version } from "../support/packets.ts";
import type { RawClient } from "../support/raw-client.ts";
import { itAt, titleAt } from "../support/title.ts";

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
const LASTING_A = { ...LASTING, clientIdentifier: "a" };

describe.each<Version>([4, 5])("shared subscriptions in version %i", (version) => {
  const it = itAt(version);

  it.each([
    [titleAt(version, "[MQTT-4.8.2-1]"), ["$share//t", "$share/"]],
    [titleAt(version, "[MQTT-4.8.2-2]"), ["$share/g", "$share/g/", "$share/g+/t", "$share/#/t", "$share/+/t"]],
    [titleAt(version, "[MQTT-4.7.1-1] [MQTT-4.7.1-2 of 3.1.1]"), ["$share/g/t#"]],
  ])("%s the filters %j are refused", async (_tags, filters) => {
    const test = await startBroker();
    const { reasonCodes } = await subscribeTo(await join(test, version), filters);
    expect(reasonCodes).toEqual(filters.map(() => (version === 5 ? 0x8f : 0x80)));
  });

  it("each message goes to one member, in turn", async () => {
    const test = await startBroker();
    const members = [await join(test, version), await join(test, version), await join(test, version)];
    for (const member of members) await subscribeTo(member, [{ filter: "$share/g/t/+", qos: 1 }]);
    const publisher = await join(test, version);
    for (let index = 0; index < 30; index++) publisher.send(publish({ version, topic: `t/${index}` }));
    const received = await Promise.all(members.map((member) => messages(member, 10)));
    expect(new Set(received.flat()).size).toBe(30);
    for (const member of members) await member.expectNothing();
  });

  it("each group and each subscription that is not shared gets its own copy", async () => {
    const test = await startBroker();
    const [first, second, third] = [await join(test, version), await join(test, version), await join(test, version)];
    await subscribeTo(first, ["$share/g/t"]);
    await subscribeTo(second, ["$share/h/t"]);
    await subscribeTo(third, ["t"]);
    await publishAcknowledged(await join(test, version), "t", "x");
    for (const member of [first, second, third]) {
      expect(await messages(member, 1)).toEqual(["t=x"]);
      await member.expectNothing();
    }
  });

  it("a client's subscription that is not shared gives it a copy beside the shared one", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    await subscribeTo(client, [
      { filter: "$share/g/t", qos: 0 },
      { filter: "t", qos: 1 },
    ]);
    const publisher = await join(test, version);
    await publishAcknowledged(publisher, "t", "x");
    const received = await publishes(client, 2);
    expect(received.map(({ qos }) => qos).toSorted()).toEqual([0, 1]);
    await client.expectNothing();
  });

  it("[MQTT-4.8.2-3] a member gets messages at its own granted QoS", async () => {
    const test = await startBroker();
    const [zero, two] = [await join(test, version), await join(test, version)];
    await subscribeTo(zero, [{ filter: "$share/g/t", qos: 0 }]);
    await subscribeTo(two, [{ filter: "$share/g/t", qos: 2 }]);
    const publisher = await join(test, version);
    for (let index = 0; index < 4; index++) await publishAcknowledged(publisher, "t");
    expect((await publishes(zero, 2)).map(({ qos }) => qos)).toEqual([0, 0]);
    expect((await publishes(two, 2)).map(({ qos }) => qos)).toEqual([1, 1]);
  });

  it("gets no retained messages when it is made", async () => {
    const test = await startBroker();
    const client = await join(test, version);
    retainEnd(test);
    await publishAcknowledged(client, "t", "kept", { retain: true });
    expect(await retainedFor(client, ["$share/g/t", "$share/g/#"])).toEqual([]);
  });

  it("UNSUBSCRIBE ends the membership, and the others get everything", async () => {
    const test = await startBroker();
    const [gone, member] = [await join(test, version), await join(test, version)];
    for (const each of [gone, member]) await subscribeTo(each, ["$share/g/t"]);
    const { reasonCodes } = await unsubscribeFrom(gone, ["$share/g/t", "$share/h/t"]);
    expect(reasonCodes).toEqual(version === 5 ? [0x00, 0x11] : []);
    const publisher = await join(test, version);
    for (let index = 0; index < 4; index++) publisher.send(publish({ version, topic: "t", payload: `${index}` }));
    expect(await messages(member, 4)).toEqual(["t=0", "t=1", "t=2", "t=3"]);
    await gone.expectNothing();
    await unsubscribeFrom(member, ["$share/g/t"]);
    expect(test.broker.gauges).toMatchObject({ core: { subscriptionEntries: 0 } });
  });
});

describe("members of a shared subscription that come and go", () => {
  it("[MQTT-4.5.0-1] what comes while nobody is online waits for the next who is", async () => {
    const test = await startBroker();
    for (const clientIdentifier of ["a", "b"]) {
      const member = await test.connect({ ...LASTING, clientIdentifier });
      await subscribeTo(member, [{ filter: "$share/g/t", qos: 1 }]);
      await member.close();
    }
    const publisher = await join(test);
    for (let index = 0; index < 5; index++) {
      expect(await publishAcknowledged(publisher, "t", `${index}`)).toMatchObject({ reasonCode: 0 });
    }
    const back = await test.connect({ ...LASTING, clientIdentifier: "b" });
    expect(await takePayloads(back, 5)).toEqual(["0", "1", "2", "3", "4"]);
    await back.expectNothing();
    const late = await test.connect({ ...LASTING, clientIdentifier: "a" });
    await late.expectNothing();
  });

  it("what a member that leaves was not sent yet goes to the others", async () => {
    const test = await startBroker();
    const [slow, other] = await Promise.all(
      [1, 100].map((receiveMaximum) => test.connect({ properties: { receiveMaximum } })),
    );
    if (slow === undefined || other === undefined) throw new Error("not connected");
    await subscribeTo(slow, [{ filter: "$share/g/t", qos: 1 }]);
    const publisher = await join(test);
    for (let index = 0; index < 10; index++) await publishAcknowledged(publisher, "t", `${index}`);
    const [first] = await publishes(slow, 1);
    expect(first?.payload.toString()).toBe("0");
    await slow.expectNothing();
    await subscribeTo(other, [{ filter: "$share/g/t", qos: 1 }]);
    await cut(test, slow);
    expect((await takePayloads(other, 10)).toSorted()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    await other.expectNothing();
  });

  it("a QoS 1 message without its PUBACK is sent again to the member that comes back, or to another when its session ends", async () => {
    const test = await startBroker();
    const connect = { ...LASTING, clientIdentifier: "a" };
    const first = await test.connect(connect);
    await subscribeTo(first, [{ filter: "$share/g/t", qos: 1 }]);
    const publisher = await join(test);
    await publishAcknowledged(publisher, "t", "x");
    const { packetIdentifier } = await first.expect("publish");
    await cut(test, first);
    const again = await test.connect(connect);
    expect(await again.expect("publish")).toMatchObject({ packetIdentifier, duplicate: true });
    const other = await join(test);
    await subscribeTo(other, [{ filter: "$share/g/t", qos: 1 }]);
    await cut(test, again);
    await other.expectNothing();
    await test.connect({ clientIdentifier: "a", cleanStart: true });
    expect(await other.expect("publish")).toMatchObject({ duplicate: false, payload: Buffer.from("x") });
  });

  /** Members "a", which has answered the first of its two QoS 2 messages by PUBREC, and another one that came then. */
  async function withTwoUnderWay(
    test: TestBroker,
  ): Promise<{ first: RawClient; other: RawClient; identifiers: number[] }> {
    const first = await test.connect(LASTING_A);
    await subscribeTo(first, [{ filter: "$share/g/t", qos: 2 }]);
    const publisher = await join(test);
    for (const payload of ["1", "2"]) await publishFrom(publisher, "t", payload, { qos: 2 });
    const identifiers = (await publishes(first, 2)).map(({ packetIdentifier }) => packetIdentifier);
    first.send(pubrec(identifiers[0] ?? 0));
    await first.expect("pubrel");
    const other = await join(test);
    await subscribeTo(other, [{ filter: "$share/g/t", qos: 2 }]);
    return { first, other, identifiers };
  }

  it("[MQTT-4.8.2-4] a QoS 2 message under way is finished with its member when that comes back, and goes to nobody else", async () => {
    const test = await startBroker();
    const { first, other, identifiers } = await withTwoUnderWay(test);
    const [one = 0, two = 0] = identifiers;
    await cut(test, first);
    await other.expectNothing();
    const again = await test.connect(LASTING_A);
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: one, reasonCode: 0 });
    const { packetIdentifier, duplicate, payload } = await again.expect("publish");
    expect([packetIdentifier, duplicate, payload.toString()]).toEqual([two, true, "2"]);
    again.send(pubcomp(one), pubrec(two));
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: two, reasonCode: 0 });
    again.send(pubcomp(two));
    await again.expectNothing();
    await cut(test, again);
    await other.expectNothing();
    await (await test.connect(LASTING_A)).expectNothing();
    await other.expectNothing();
  });

  it("[MQTT-4.8.2-5] a QoS 2 message under way goes to nobody when the session of its member ends", async () => {
    const test = await startBroker();
    const { first, other } = await withTwoUnderWay(test);
    await cut(test, first);
    await (await test.connect({ clientIdentifier: "a", cleanStart: true })).expectNothing();
    await other.expectNothing();
  });

  it("[MQTT-4.8.2-6] a message that a member refuses goes to nobody else", async () => {
    const test = await startBroker();
    const [refusing, other] = [await join(test), await join(test)];
    await subscribeTo(refusing, [{ filter: "$share/g/t", qos: 2 }]);
    await subscribeTo(other, [{ filter: "$share/g/t", qos: 2 }]);
    const publisher = await join(test);
    await publishAcknowledged(publisher, "t", "1");
    publisher.send(publish({ topic: "t", payload: "2", qos: 2 }));
    publisher.send(publish({ topic: "t", payload: "3", qos: 2, packetIdentifier: 5 }));
    const one = await refusing.expect("publish");
    refusing.send(puback({ packetIdentifier: one.packetIdentifier, reasonCode: 0x97 }));
    await other.expect("publish");
    const three = await refusing.expect("publish");
    refusing.send(pubrec({ packetIdentifier: three.packetIdentifier, reasonCode: 0x80 }));
    await refusing.expectNothing();
    await cut(test, refusing);
    await other.expectNothing();
  });

  it("[MQTT-3.8.3-4] No Local on one is a Protocol Error", async () => {
    const test = await startBroker();
    const client = await join(test);
    await expect(subscribeTo(client, [{ filter: "$share/g/t", noLocal: true }])).rejects.toThrow('"reasonCode":130');
    await client.expectClosed();
  });
});
