import { expect, it, onTestFinished, vi } from "vitest";
import { SharedGroup } from "../../src/delivery/shared-group.ts";
import { startBroker } from "../support/broker.ts";
import { join, publishAcknowledged, subscribeTo } from "../support/exchange.ts";
import { puback } from "../support/packets.ts";

it("gives messages of a shared subscription to a member that has room, not to one that acknowledges nothing", async () => {
  const test = await startBroker({ limits: { maximumInflightMessages: 1 } });
  const [silent, willing] = [await join(test, 5, false), await join(test, 5, true)];
  await subscribeTo(silent, [{ filter: "$share/g/t", qos: 1 }]);
  await subscribeTo(willing, [{ filter: "$share/g/t", qos: 1 }]);
  test.broker.publish("t", "0", { qos: 1 });
  expect((await silent.expect("publish")).payload.toString()).toBe("0");
  for (let i = 1; i < 10; i++) {
    test.broker.publish("t", `${i}`, { qos: 1 });
    expect((await willing.expect("publish")).payload.toString()).toBe(`${i}`);
    // The acknowledgement stands in front of the PINGREQ.
    await willing.expectNothing();
  }
  await silent.expectNothing();
});

it("gives what waited to a member that reads again, though nothing is left for it to acknowledge", async () => {
  const test = await startBroker({ limits: { maximumOutboxBytes: 65_536 } });
  const [member, publisher] = [await join(test), await join(test)];
  await subscribeTo(member, ["flood", { filter: "$share/g/t", qos: 1 }]);
  member.stream.pause();
  while (test.broker.statistics.messagesDroppedOutboxFull === 0) {
    test.broker.publish("flood", Buffer.alloc(65_536));
    await publisher.expectNothing();
  }
  await publishAcknowledged(publisher, "t", "x");
  member.stream.resume();
  for (;;) if ((await member.expect("publish")).topic === "t") break;
});

it("asks only those shared subscriptions of a client that have something for it", async () => {
  const test = await startBroker({ limits: { maximumInflightMessages: 1 } });
  const member = await join(test);
  await subscribeTo(
    member,
    Array.from({ length: 100 }, (_, index) => ({ filter: `$share/g/t/${index}`, qos: 1 })),
  );
  for (const topic of ["t/5", "t/50", "t/95"]) test.broker.publish(topic, "", { qos: 1 });
  const asked = vi.spyOn(SharedGroup.prototype, "proceed");
  onTestFinished(() => asked.mockRestore());
  for (const topic of ["t/5", "t/50", "t/95"]) {
    const { packetIdentifier, ...message } = await member.expect("publish");
    expect(message.topic).toBe(topic);
    member.send(puback(packetIdentifier));
  }
  await subscribeTo(member, ["other"]);
  expect(asked.mock.calls.length).toBeLessThan(10);
});
