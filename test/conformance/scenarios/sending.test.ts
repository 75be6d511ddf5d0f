import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { join, messages, publishAcknowledged, publishes, subscribeTo, text } from "../../support/exchange.ts";
import { cut } from "../../support/flows.ts";
import { puback, pubcomp, publish, pubrec, type Version } from "../../support/packets.ts";
import { enter, enterLasting } from "../mqtt5/clients.ts";

/** What brokers get wrong when they send: sizes, flags, expiry and topic aliases. */

const LONG = "a/topic/long/enough/for/an/alias";

describe("a message that is larger than its receiver takes", () => {
  const within = (maximumPacketSize: number, receiveMaximum = 1) => ({
    properties: { maximumPacketSize, receiveMaximum },
  });

  it.each([1, 2])(
    "[MQTT-3.1.2-24] [MQTT-3.1.2-25] of QoS %i, under way when the client comes back with a smaller maximum, is done with and frees its place",
    async (qos) => {
      const test = await startBroker();
      const first = await enterLasting(test, "c", within(10_000, 10));
      await subscribeTo(first, [{ filter: "a", qos: 2 }]);
      const publisher = await enter(test, "p");
      for (const [index, payload] of ["1", "2".repeat(200), "3", "4".repeat(200), "5"].entries()) {
        publisher.send(publish({ topic: "a", payload, qos, packetIdentifier: index + 1 }));
        await publisher.next();
      }
      const sent = await publishes(first, 5);
      await cut(test, first);
      const again = await enterLasting(test, "c", within(100));
      for (const index of [0, 2, 4]) {
        const { packetIdentifier } = sent[index] ?? { packetIdentifier: 0 };
        expect(await again.expect("publish")).toMatchObject({ packetIdentifier, duplicate: true });
        await again.expectNothing();
        if (qos === 1) again.send(puback(packetIdentifier));
        else {
          again.send(pubrec(packetIdentifier));
          await again.expect("pubrel");
          again.send(pubcomp(packetIdentifier));
        }
      }
      await again.expectNothing();
      await cut(test, again);
      await (await enterLasting(test, "c", within(10_000))).expectNothing();
    },
  );

  it("[MQTT-3.1.2-25] and its turn in a shared subscription goes to no other member", async () => {
    const test = await startBroker();
    const [small, other] = [await enter(test, "s", within(100)), await enter(test, "o")];
    for (const member of [small, other]) await subscribeTo(member, [{ filter: "$share/g/a", qos: 1 }]);
    const publisher = await enter(test, "p");
    await publishAcknowledged(publisher, "a", "1".repeat(200));
    await publishAcknowledged(publisher, "a", "2");
    await publishAcknowledged(publisher, "a", "3");
    expect(await messages(small, 1)).toEqual(["a=3"]);
    expect(await messages(other, 1)).toEqual(["a=2"]);
    await small.expectNothing();
    await other.expectNothing();
  });
});

describe.each<[publisher: Version, receiver: Version]>([
  [4, 4],
  [4, 5],
  [5, 4],
  [5, 5],
])("DUP and RETAIN of a publisher of version %i", (publisherVersion, receiverVersion) => {
  it.each([1, 2])(`stay with it, for receivers of version ${receiverVersion} and QoS %i`, async (qos) => {
    const test = await startBroker();
    const publisher = await join(test, publisherVersion);
    const filters = receiverVersion === 5 ? ["a", "#", "$share/g/a"] : ["a", "#"];
    for (const filter of filters) {
      const receiver = await join(test, receiverVersion);
      await subscribeTo(receiver, [{ filter, qos: 2 }]);
      for (const [duplicate, retain] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ] as const) {
        const packetIdentifier = 1 + publisher.bytes().length;
        publisher.send(
          publish({ version: publisherVersion, topic: "a", payload: "x", qos, packetIdentifier, duplicate, retain }),
        );
        await publisher.next();
        expect(await receiver.expect("publish")).toMatchObject({ qos, duplicate: false, retain: false });
      }
      await receiver.close();
      publisher.send(publish({ version: publisherVersion, topic: "a", retain: true }));
    }
  });
});

describe("a message that expires", () => {
  const properties = { messageExpiryInterval: 0 };

  it("[MQTT-4.3.3-7] while its QoS 2 exchange waits for a place on the next connection goes through to the end", async () => {
    const test = await startBroker();
    const first = await enterLasting(test, "c");
    await subscribeTo(first, [{ filter: "a", qos: 2 }]);
    for (const payload of ["1", "2", "3"]) test.broker.publish("a", payload, { qos: 2, properties });
    const sent = await publishes(first, 3);
    await cut(test, first);
    const again = await enterLasting(test, "c", { properties: { receiveMaximum: 1 } });
    for (const { packetIdentifier } of sent) {
      expect(await again.expect("publish")).toMatchObject({ packetIdentifier, duplicate: true, properties });
      again.send(pubrec(packetIdentifier));
      await again.expect("pubrel");
      again.send(pubcomp(packetIdentifier));
    }
    await again.expectNothing();
  });

  it("[MQTT-4.3.3-7] between PUBREC and PUBCOMP changes nothing of the exchange", async () => {
    const test = await startBroker();
    const first = await enterLasting(test, "c");
    await subscribeTo(first, [{ filter: "a", qos: 2 }]);
    test.broker.publish("a", "x", { qos: 2, properties });
    const { packetIdentifier } = await first.expect("publish");
    first.send(pubrec(packetIdentifier));
    await first.expect("pubrel");
    await cut(test, first);
    const again = await enterLasting(test, "c");
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier, reasonCode: 0 });
  });
});

describe("a topic alias", () => {
  it("[MQTT-3.3.2-7] of the publisher is resolved before a message waits: set to another topic, it changes none", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    await cut(test, client);
    const publisher = await enter(test, "p");
    for (const topic of ["first", "", "second", ""]) {
      await publishAcknowledged(publisher, topic, topic || "by alias", { properties: { topicAlias: 1 } });
    }
    await publisher.close();
    const again = await enterLasting(test, "c");
    expect(await messages(again, 4)).toEqual(["first=first", "first=by alias", "second=second", "second=by alias"]);
  });

  it("[MQTT-3.3.2-7] of the broker is set anew on each connection, for messages that waited too", async () => {
    const test = await startBroker();
    const aliased = { properties: { topicAliasMaximum: 5 } };
    const client = await enterLasting(test, "c", aliased);
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    const publisher = await enter(test, "p");
    await publishAcknowledged(publisher, LONG, "1");
    const { packetIdentifier } = await client.expect("publish");
    client.send(puback(packetIdentifier));
    await client.expectNothing();
    await cut(test, client);
    await publishAcknowledged(publisher, LONG, "2");
    await publishAcknowledged(publisher, LONG, "3");
    const again = await enterLasting(test, "c", aliased);
    expect((await publishes(again, 2)).map(text)).toEqual([`${LONG}=2`, "=3"]);
    await cut(test, again);
    expect(await messages(await enterLasting(test, "c"), 2)).toEqual([`${LONG}=2`, `${LONG}=3`]);
  });
});
