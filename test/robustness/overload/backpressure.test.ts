import { describe, expect, it } from "vitest";
import { startBroker, type TestBroker } from "../../support/broker.ts";
import { lasting } from "../../support/durable.ts";
import { join, publishAcknowledged, subscribeTo } from "../../support/exchange.ts";
import { cut, takeMessage } from "../../support/flows.ts";
import { publish, pubrel, type Version } from "../../support/packets.ts";
import type { RawClient } from "../../support/raw-client.ts";
import { holdTime, pass } from "../../support/time.ts";

const KIB = 1_024;
const LIMIT = 8_388_608;
/** What one batch of packets adds at the most beyond what it is looked at before. */
const SLACK = 2_097_152;
/** A few acknowledgements on their way. */
const SMALL = 65_536;
const PAYLOAD = Buffer.alloc(32 * KIB, "x");

function numbered(index: number): Buffer {
  const payload = Buffer.from(PAYLOAD);
  payload.writeUInt32BE(index);
  return payload;
}

/** Lets the broker go on until that is so. */
async function until(condition: () => boolean, witness: RawClient): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    expect(turns).toBeLessThan(5_000);
    await witness.expectNothing();
  }
}

function held({ broker }: TestBroker, publishers: number, witness: RawClient): Promise<void> {
  return until(() => broker.gauges.publishersHeld >= publishers, witness);
}

function drained({ broker }: TestBroker, witness: RawClient): Promise<void> {
  return until(() => broker.gauges.publishersHeld === 0 && broker.gauges.backlogBytes < SMALL, witness);
}

function sendAll(publisher: RawClient, topic: string, qos: number, count: number, firstIdentifier = 1): void {
  const { version } = publisher;
  for (let index = 0; index < count; index++) {
    publisher.send(
      publish({ version, topic, qos, packetIdentifier: firstIdentifier + index, payload: numbered(index) }),
    );
  }
}

describe("publishers that are faster than their receivers", () => {
  const COUNT = 800;

  it.each<[Version, number]>([
    [4, 1],
    [5, 1],
    [5, 2],
  ])("version %i, QoS %i: wait while the backlog is high, and nothing is lost", async (version, qos) => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT, maximumQueuedMessages: COUNT } });
    const [receiver, publisher] = [await join(test, 5, true), await join(test, version)];
    const witness = await join(test);
    await subscribeTo(receiver, [{ filter: "t", qos }]);
    receiver.stream.pause();
    sendAll(publisher, "t", qos, COUNT);
    await held(test, 1, witness);
    expect(test.broker.gauges.backlogBytes).toBeLessThan(LIMIT);
    expect(test.broker.statistics.messagesReceived).toBeLessThan(COUNT);
    receiver.stream.resume();
    const numbers: number[] = [];
    while (numbers.length < COUNT) {
      const packet = await receiver.next();
      if (packet.type === "publish") numbers.push(packet.payload.readUInt32BE());
    }
    expect(numbers).toEqual(numbers.map((_, index) => index));
    for (let index = 0; index < COUNT; index++) {
      expect(await publisher.expect(qos === 1 ? "puback" : "pubrec")).toMatchObject({ reasonCode: 0 });
      if (qos === 2) publisher.send(pubrel(index + 1));
    }
    await drained(test, witness);
    expect(test.broker.statistics).toMatchObject({ messagesDroppedQueueFull: 0, messagesDroppedBacklogFull: 0 });
  });

  it("QoS 0: fill no more memory than the limit, and those who do not publish to them notice nothing", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    const slow = await Promise.all(Array.from({ length: 8 }, () => join(test)));
    for (const receiver of slow) {
      await subscribeTo(receiver, ["t"]);
      receiver.stream.pause();
    }
    const [publisher, witness, receiver] = [await join(test), await join(test), await join(test)];
    await subscribeTo(receiver, ["live"]);
    sendAll(publisher, "t", 0, 3_000);
    await held(test, 1, witness);
    expect(test.broker.gauges.backlogBytes).toBeLessThan(LIMIT + SLACK);
    for (let index = 0; index < 100; index++) {
      witness.send(publish({ topic: "live", payload: `${index}` }));
      expect((await receiver.expect("publish")).payload.toString()).toBe(`${index}`);
    }
    expect(test.broker.gauges.publishersHeld).toBe(1);
  });

  it("may be silent for as long as they are not read from, whatever their Keep Alive", async () => {
    holdTime();
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    const publisher = await test.connect({ keepAlive: 1 });
    const [receiver, witness] = [await join(test), await join(test)];
    await subscribeTo(receiver, [{ filter: "t", qos: 1 }]);
    receiver.stream.pause();
    sendAll(publisher, "t", 1, 800);
    await held(test, 1, witness);
    pass(10);
    await witness.expectNothing();
    expect([publisher.closed, test.broker.gauges.publishersHeld]).toEqual([false, 1]);
  });

  it("go on, a little at a time, when a receiver never acknowledges", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT, maximumInflightMessages: 1 } });
    const [receiver, publisher, witness] = [await join(test), await join(test), await join(test)];
    await subscribeTo(receiver, [{ filter: "t", qos: 1 }]);
    sendAll(publisher, "t", 1, 198);
    await held(test, 1, witness);
    for (let index = 0; index < 198; index++) await publisher.expect("puback");
    expect((await receiver.expect("publish")).payload.readUInt32BE()).toBe(0);
    await receiver.expectNothing();
  });

  it("are let go when the receiver has gone", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    const [receiver, publisher, witness] = [await join(test), await join(test), await join(test)];
    await subscribeTo(receiver, [{ filter: "t", qos: 1 }]);
    receiver.stream.pause();
    sendAll(publisher, "t", 1, 800);
    await held(test, 1, witness);
    await cut(test, receiver);
    for (let index = 0; index < 800; index++) await publisher.expect("puback");
    expect(test.broker.gauges.backlogBytes).toBe(0);
  });
});

describe("clients that publish and receive at once", () => {
  const CLIENTS = 12;
  /** Messages of each. */
  const COUNT = 30;

  interface Talk {
    received: number;
    settled: number;
  }

  /** Publishes the next when one of its own is settled, until `isOver`. */
  async function talk(
    client: RawClient,
    qos: number,
    underWay: number,
    isOver: (talk: Talk) => boolean,
  ): Promise<Talk> {
    const state = { received: 0, settled: 0 };
    while (!isOver(state)) {
      const packet = await client.next();
      if (packet.type === "publish") state.received++;
      if (packet.type === "pubrec" && packet.reasonCode < 0x80) client.send(pubrel(packet.packetIdentifier));
      const isRefused = packet.type === "pubrec" && packet.reasonCode >= 0x80;
      if (packet.type !== "puback" && packet.type !== "pubcomp" && !isRefused) continue;
      state.settled++;
      if (state.settled + underWay <= COUNT) sendAll(client, "all", qos, 1, packet.packetIdentifier);
    }
    return state;
  }

  /** All of them, where everybody receives from everybody, and nobody reads until so many of them are held. */
  async function talkTogether(qos: number, underWay: number, paused: number, isOver: (talk: Talk) => boolean) {
    const limits = { maximumBacklogBytes: LIMIT, maximumOutboxBytes: 131_072, maximumQueuedMessages: 100_000 };
    const test = await startBroker({ limits });
    const identifiers = Array.from({ length: CLIENTS }, (_, index) => `mutual-${index}`);
    const clients = await Promise.all(
      identifiers.map((identifier) => test.connect(lasting(identifier), { autoAck: true })),
    );
    for (const client of clients) await subscribeTo(client, [{ filter: "all", qos }]);
    for (const client of clients.slice(0, paused)) client.stream.pause();
    for (const client of clients) sendAll(client, "all", qos, underWay);
    const talks = Promise.all(clients.map((client) => talk(client, qos, underWay, isOver)));
    await held(test, CLIENTS / 2, await join(test));
    for (const client of clients) client.stream.resume();
    return { test, talks: await talks };
  }

  it.each([1, 2])("QoS %i: all are over the limit together, and all of them get everything", async (qos) => {
    const isOver = ({ received, settled }: Talk): boolean => received >= CLIENTS * COUNT && settled >= COUNT;
    const { test, talks } = await talkTogether(qos, 4, 1, isOver);
    expect(talks).toEqual(talks.map(() => ({ received: CLIENTS * COUNT, settled: COUNT })));
    expect(test.broker.statistics).toMatchObject({ messagesDroppedQueueFull: 0, messagesDroppedBacklogFull: 0 });
    await drained(test, await join(test));
  });

  it.each([1, 2])("QoS %i: with far more under way than fits, all of them get on", async (qos) => {
    const { test, talks } = await talkTogether(qos, COUNT, CLIENTS, ({ settled }) => settled >= COUNT);
    expect(talks.map(({ settled }) => settled)).toEqual(talks.map(() => COUNT));
    expect(test.broker.gauges.backlogBytes).toBeLessThan(LIMIT + SLACK);
  });
});

describe("messages for clients that are offline", () => {
  const payload = Buffer.alloc(100_000);

  async function offline(test: TestBroker): Promise<void> {
    const client = await test.connect(lasting("offline"));
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    await client.close();
  }

  it("that do not fit into memory are refused with 0x97, and no publisher is held", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    await offline(test);
    const publisher = await join(test);
    const codes: number[] = [];
    for (let index = 0; index < 100; index++) {
      codes.push((await publishAcknowledged(publisher, `n/${index}`, payload)).reasonCode);
    }
    const taken = codes.indexOf(0x97);
    expect(codes).toEqual(codes.map((_, index) => (index < taken ? 0 : 0x97)));
    expect(test.broker.statistics).toMatchObject({ messagesDroppedBacklogFull: 100 - taken, publisherHolds: 0 });
    expect(test.broker.gauges.backlogBytes).toBeLessThan(LIMIT);
    const back = await test.connect(lasting("offline"));
    for (let index = 0; index < taken; index++) expect((await takeMessage(back)).topic).toBe(`n/${index}`);
    await back.expectNothing();
    expect(test.broker.gauges.backlogBytes).toBe(0);
  });

  it("do not keep others from theirs, and a message that somebody took is acknowledged", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    await offline(test);
    const publisher = await join(test, 4);
    for (let index = 0; index < 100; index++) await publishAcknowledged(publisher, "fill", payload);
    const lasts = await test.connect(lasting("online"));
    await subscribeTo(lasts, [{ filter: "live", qos: 1 }]);
    const five = await join(test);
    for (let index = 0; index < 50; index++) {
      expect((await publishAcknowledged(five, "live", payload)).reasonCode).toBe(0);
      await takeMessage(lasts);
    }
  });

  it("are shared by all who wait for them, and counted once", async () => {
    const test = await startBroker({ limits: { maximumBacklogBytes: LIMIT } });
    for (let index = 0; index < 50; index++) {
      const client = await test.connect(lasting(`c-${index}`));
      await subscribeTo(client, [{ filter: "all", qos: 1 }]);
      await client.close();
    }
    await publishAcknowledged(await join(test), "all", payload);
    expect(test.broker.gauges.backlogBytes).toBeGreaterThan(payload.length);
    expect(test.broker.gauges.backlogBytes).toBeLessThan(2 * payload.length);
  });
});

describe("limits.maximumQueuedBytes", () => {
  it("is what waits in one session at the most: QoS 0 makes room, and the newest is refused with 0x97", async () => {
    const test = await startBroker({ limits: { maximumQueuedBytes: 250_000, queueQos0Messages: true } });
    const client = await test.connect(lasting("c"));
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    await client.close();
    const publisher = await join(test);
    const payload = Buffer.alloc(100_000);
    publisher.send(publish({ topic: "zero", payload }));
    const codes: number[] = [];
    for (const topic of ["one", "two", "three"]) {
      codes.push((await publishAcknowledged(publisher, topic, payload)).reasonCode);
    }
    expect(codes).toEqual([0, 0, 0x97]);
    expect(test.broker.statistics.messagesDroppedQueueFull).toBe(2);
    const back = await test.connect(lasting("c"));
    for (const topic of ["one", "two"]) expect((await takeMessage(back)).topic).toBe(topic);
    await back.expectNothing();
  });

  it("lets one message in, whatever its size, where nothing waits", async () => {
    const test = await startBroker({ limits: { maximumQueuedBytes: 0 } });
    const client = await test.connect(lasting("c"));
    await subscribeTo(client, [{ filter: "#", qos: 1 }]);
    await client.close();
    const publisher = await join(test);
    expect((await publishAcknowledged(publisher, "one", "x")).reasonCode).toBe(0);
    expect((await publishAcknowledged(publisher, "two", "x")).reasonCode).toBe(0x97);
  });
});
