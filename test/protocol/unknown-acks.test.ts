import { describe, expect, it } from "vitest";
import { startBroker } from "../support/broker.ts";
import { subscribeTo, takeMessage } from "../support/flows.ts";
import { puback, pubcomp, pubrec } from "../support/packets.ts";

describe.each([4, 5] as const)("acknowledgements that answer nothing, version %i", (version) => {
  it("leave what is under way as it is", async () => {
    const test = await startBroker({ limits: { maximumInflightMessages: 2 } });
    const client = await test.connect({ version, clientIdentifier: "c" });
    await subscribeTo(client, "t", 2);
    test.broker.publish("t", "one", { qos: 1 });
    test.broker.publish("t", "two", { qos: 2 });
    test.broker.publish("t", "three", { qos: 1 });
    const [one, two] = [await client.expect("publish"), await client.expect("publish")];
    // Of the wrong kind, and for identifiers that are not in use.
    client.send(pubrec(one.packetIdentifier));
    await client.expect("pubrel");
    client.send(puback(two.packetIdentifier), pubcomp(two.packetIdentifier), puback(9_999), pubcomp(9_999));
    client.send(pubrec(9_999));
    await client.expect("pubrel");
    await client.expectNothing();
    client.send(puback(one.packetIdentifier));
    expect((await takeMessage(client)).payload.toString()).toBe("three");
    client.send(pubrec(two.packetIdentifier));
    expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier: two.packetIdentifier, reasonCode: 0 });
  });
});
