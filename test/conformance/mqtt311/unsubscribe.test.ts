import { describe, expect, it } from "vitest";
import { startBroker } from "../../support/broker.ts";
import { messages, publishes } from "../../support/exchange.ts";
import { cut, publishFrom, subscribeTo } from "../../support/flows.ts";
import { puback, pubcomp, pubrec } from "../../support/packets.ts";
import { enter, enterLasting, expectDropped, subscribe, unsubscribe } from "./clients.ts";

/** UNSUBSCRIBE of MQTT 3.1.1 (§3.10). */

describe("an UNSUBSCRIBE", () => {
  it("[MQTT-3.10.3-2 of 3.1.1] without a filter closes the connection", async () => {
    await expectDropped(await startBroker(), unsubscribe([]));
  });

  it("[MQTT-3.10.4-1 of 3.1.1] ends the subscriptions with these very filters, character by character", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(subscribe(["a/+", "a/b", "A/b", "a/#"]));
    await client.expect("suback");
    client.send(unsubscribe(["a/b"]));
    await client.expect("unsuback");
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a/c", "1");
    await publishFrom(publisher, "A/b", "2");
    expect(await messages(client, 2)).toEqual(["a/c=1", "A/b=2"]);
    client.send(unsubscribe(["#", "+/+", "a/+", "a/#"]));
    await client.expect("unsuback");
    await publishFrom(publisher, "a/b", "3");
    await publishFrom(publisher, "A/b", "4");
    expect(await messages(client, 1)).toEqual(["A/b=4"]);
    await client.expectNothing();
  });

  it("[MQTT-3.10.4-2 of 3.1.1] ends what is added for the client, online and offline", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 2);
    client.send(unsubscribe(["a"]));
    await client.expect("unsuback");
    const publisher = await enter(test, "p");
    await publishFrom(publisher, "a", "1");
    await client.expectNothing();
    await cut(test, client);
    await publishFrom(publisher, "a", "2");
    await (await enterLasting(test, "c")).expectNothing();
  });

  it("[MQTT-3.10.4-3 of 3.1.1] lets deliveries of QoS 1 and 2 that began run to their end", async () => {
    const test = await startBroker();
    const client = await enterLasting(test, "c");
    await subscribeTo(client, "a", 2);
    const publisher = await enter(test, "p");
    for (const qos of [1, 2, 2]) await publishFrom(publisher, "a", "x", { qos });
    const [one, two, three] = (await publishes(client, 3)).map(({ packetIdentifier }) => packetIdentifier);
    client.send(pubrec(two ?? 0));
    await client.expect("pubrel");
    client.send(unsubscribe(["a"]));
    await client.expect("unsuback");
    await cut(test, client);
    const again = await enterLasting(test, "c");
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: two });
    expect(await publishes(again, 2)).toMatchObject([
      { packetIdentifier: one, duplicate: true },
      { packetIdentifier: three, duplicate: true },
    ]);
    again.send(puback(one ?? 0), pubcomp(two ?? 0), pubrec(three ?? 0));
    expect(await again.expect("pubrel")).toMatchObject({ packetIdentifier: three });
    again.send(pubcomp(three ?? 0));
    await again.expectNothing();
  });

  it("[MQTT-3.10.4-4 of 3.1.1] is answered by an UNSUBACK with its packet identifier", async () => {
    const client = await enter(await startBroker(), "c");
    await subscribeTo(client, "a");
    for (const packetIdentifier of [3, 65_535]) {
      client.send(unsubscribe(["a"], { packetIdentifier }));
      expect(await client.expect("unsuback")).toMatchObject({ packetIdentifier, reasonCodes: [] });
    }
  });

  it("[MQTT-3.10.4-5 of 3.1.1] is answered where nothing was removed too", async () => {
    const client = await enter(await startBroker(), "c");
    client.send(unsubscribe(["never", "#", "a/#/b"], { packetIdentifier: 9 }));
    expect(await client.expect("unsuback")).toMatchObject({ packetIdentifier: 9 });
    await client.expectNothing();
  });

  it("[MQTT-3.10.4-6 of 3.1.1] with several filters is like several ones, and answered by one UNSUBACK", async () => {
    const test = await startBroker();
    const client = await enter(test, "c");
    client.send(subscribe(["a", "b", "c", "d"]));
    await client.expect("suback");
    client.send(unsubscribe(["a", "none", "c", "a"]));
    await client.expect("unsuback");
    await client.expectNothing();
    const publisher = await enter(test, "p");
    for (const topic of ["a", "b", "c", "d"]) await publishFrom(publisher, topic, "x");
    expect(await messages(client, 2)).toEqual(["b=x", "d=x"]);
    await client.expectNothing();
  });
});
