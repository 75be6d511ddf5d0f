import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { connect, pingreq, puback, pubcomp, publish, pubrec, pubrel, subscribe } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { answers } from "../support/answers.ts";
import { client, createSubject } from "../support/clients.ts";
import { bytesInUse } from "../support/memory.ts";

const MEBIBYTE = 1_048_576;

describe("clients that send slowly or not at all", () => {
  it("takes a CONNECT byte by byte, and closes the connection of one that is not whole in time", async () => {
    const subject = createSubject({ connectTimeout: 300 });
    const bytes = connect();
    const streams = Array.from({ length: 200 }, () => subject.open());
    const whole = subject.open();
    for (const byte of bytes.subarray(0, -1)) {
      for (const stream of [...streams, whole]) stream.receive(Buffer.of(byte));
      await turn();
    }
    whole.receive(bytes.subarray(-1));
    await Promise.all(streams.map(({ closed }) => closed));
    expect(answers(whole)).toMatchObject([{ type: "connack", reasonCode: 0 }]);
    expect(streams.every(({ sentBytes }) => sentBytes === 0)).toBe(true);
    expect(whole.isClosed).toBe(false);
  });

  it("claims no memory for packets that are announced and do not come", async () => {
    const subject = createSubject();
    const announced = publish({ topic: "a", payload: Buffer.alloc(MEBIBYTE - 100) }).subarray(0, 10);
    const before = await bytesInUse();
    const streams = await Promise.all(Array.from({ length: 1_000 }, () => client(subject)));
    for (const stream of streams) stream.receive(announced);
    await turn();
    expect((await bytesInUse()) - before).toBeLessThan(1_000 * 16_384);
    expect(subject.level.online).toBe(1_000);
  });

  it("bears as many connections without a CONNECT as it may, refuses more, and takes clients again when they leave", async () => {
    const most = 1_000;
    const limits = { maximumPendingConnections: most, maximumPendingConnectionsPerAddress: most };
    const subject = createSubject({ ...limits, maximumConnections: 10 });
    const silent = Array.from({ length: most }, () => subject.open());
    const late = subject.open();
    await late.closed;
    expect(silent.some(({ isClosed }) => isClosed)).toBe(false);
    for (const stream of silent) stream.disconnect();
    await subject.settle(0, 0);
    const next = subject.open();
    next.receive(connect());
    await turn();
    expect(answers(next)).toMatchObject([{ type: "connack", reasonCode: 0 }]);
  });

  it("closes the connection of a client that goes on sending after it was told to go", async () => {
    const subject = createSubject();
    const raw = await RawClient.connect(await subject.listen(), { connect: {} });
    let isOpen = true;
    raw.stream.once("close", () => {
      isOpen = false;
    });
    raw.send(connect());
    await raw.expect("disconnect");
    const flood = Buffer.alloc(100);
    while (isOpen) {
      raw.send(flood);
      await turn();
    }
    await subject.settle(0, 0);
  });
});

describe("clients that do not acknowledge", () => {
  it("keeps the QoS 2 messages of a 3.1.1 client that never releases them to one of each packet identifier", async () => {
    const subject = createSubject();
    const stream = await client(subject, { version: 4 });
    const before = await bytesInUse();
    for (let round = 0; round < 2; round++) {
      for (let first = 1; first <= 65_535; first += 1_000) {
        const identifiers = Array.from({ length: Math.min(1_000, 65_536 - first) }, (_, i) => first + i);
        const packets = identifiers.map((id) => publish({ version: 4, topic: "a", qos: 2, packetIdentifier: id }));
        stream.receive(Buffer.concat(packets));
        await turn();
      }
    }
    const pubrecs = answers(stream, 4).filter(({ type }) => type === "pubrec");
    expect(pubrecs).toHaveLength(2 * 65_535);
    stream.take();
    pubrecs.length = 0;
    expect((await bytesInUse()) - before).toBeLessThan(8_000_000);
  });

  it("[MQTT-3.3.4-7] sends a 5.0 client away with 0x93 that never releases more than the Receive Maximum", async () => {
    const subject = createSubject({ receiveMaximum: 20 });
    const stream = await client(subject);
    for (let id = 1; id <= 21; id++) stream.receive(publish({ topic: "a", qos: 2, packetIdentifier: id }));
    await stream.closed;
    const packets = answers(stream);
    expect(packets.filter(({ type }) => type === "pubrec")).toHaveLength(20);
    expect(packets.at(-1)).toMatchObject({ type: "disconnect", reasonCode: 0x93 });
  });

  it("bounds what waits for a client that never acknowledges, and counts what it drops", async () => {
    const subject = createSubject({ maximumInflightMessages: 50, maximumQueuedMessages: 100 });
    const properties = { sessionExpiryInterval: 60 };
    const deaf = await client(subject, { clientIdentifier: "deaf", properties });
    const publisher = await client(subject);
    deaf.receive(subscribe({ subscriptions: [{ filter: "a", qos: 1 }] }));
    const payload = Buffer.alloc(50_000);
    const before = await bytesInUse();
    for (let i = 0; i < 1_000; i++) {
      publisher.receive(publish({ topic: "a", qos: 1, payload }));
      await turn();
      deaf.take();
    }
    expect((await bytesInUse()) - before).toBeLessThan(150 * 50_000 + 3_000_000);
    expect(subject.broker.statistics.messagesDroppedQueueFull).toBe(1_000 - 150);
    expect(answers(publisher).filter(({ type }) => type === "puback")).toHaveLength(1_000);
  });

  it("answers acknowledgements of unknown messages or not at all, and lives on", async () => {
    const subject = createSubject();
    const stream = await client(subject);
    answers(stream);
    for (let id = 1; id <= 30_000; id++) {
      stream.receive(Buffer.concat([puback(id), pubcomp(id), pubrec(id), pubrel(id)]));
    }
    stream.receive(pingreq());
    const packets: ReturnType<typeof answers> = [];
    // A chunk that took long lets others in before the next.
    while (packets.at(-1)?.type !== "pingresp") {
      await turn();
      packets.push(...answers(stream));
    }
    packets.pop();
    expect(packets).toHaveLength(60_000);
    for (const packet of packets) expect(packet).toMatchObject({ reasonCode: 0x92 });
  });
});

describe("clients that do not read", () => {
  const onlyTheConnack = (sent: number) => sent < 100;
  const flood = Buffer.concat(Array.from({ length: 10_000 }, (_, id) => pubrec(1 + id)));

  it("are not read from while their answers wait", async () => {
    const subject = createSubject();
    const stream = await client(subject, {}, { takes: onlyTheConnack });
    const before = await bytesInUse();
    for (let i = 0; i < 500 && !stream.isPaused; i++) {
      stream.receive(flood);
      await turn();
    }
    expect(stream.isPaused).toBe(true);
    expect((await bytesInUse()) - before).toBeLessThan(6 * MEBIBYTE);
    expect(stream.isClosed).toBe(false);
  });

  it("are sent away when, as over WebSocket, they cannot be made to wait", async () => {
    const subject = createSubject();
    const stream = await client(subject, {}, { takes: onlyTheConnack, canPause: false });
    let received = 0;
    for (; received < 40 * MEBIBYTE && subject.level.online > 0; received += flood.length) {
      stream.receive(flood);
      await turn();
    }
    expect(received).toBeLessThan(6 * MEBIBYTE);
    await stream.closed;
    expect(subject.level).toMatchObject({ online: 0, connections: 0 });
  });

  it("are not sent away for one large message that they have yet to take", async () => {
    const subject = createSubject({ maximumPacketSize: 16 * MEBIBYTE });
    const stream = await client(subject, {}, { takes: onlyTheConnack, canPause: false });
    const publisher = await client(subject);
    stream.receive(subscribe({ subscriptions: ["a"] }));
    publisher.receive(publish({ topic: "a", payload: Buffer.alloc(12 * MEBIBYTE) }));
    stream.receive(pingreq());
    await turn();
    expect(subject.level.backlogBytes).toBeGreaterThan(12 * MEBIBYTE);
    expect(subject.level.online).toBe(2);
  });

  it("cost no more than their limits while others publish, and no message of others", async () => {
    const subject = createSubject({ maximumQueuedMessages: 50, stallTimeout: 600_000 });
    const stalled = await client(subject, {}, { takes: onlyTheConnack });
    const reader = await client(subject, {}, { keeps: false });
    const publisher = await client(subject, {}, { keeps: false });
    for (const stream of [stalled, reader]) {
      stream.receive(subscribe({ subscriptions: [{ filter: "#", qos: 1 }] }));
    }
    await turn();
    const payload = Buffer.alloc(20_000);
    const [before, sentBefore] = [await bytesInUse(), reader.sentBytes];
    for (let i = 0; i < 3_000; i++) {
      const packetIdentifier = 1 + i;
      publisher.receive(publish({ topic: "a", qos: i % 2, packetIdentifier, payload }));
      await turn();
      if (i % 2 === 1) reader.receive(puback(1 + (i >> 1)));
    }
    expect((await bytesInUse()) - before).toBeLessThan(8 * MEBIBYTE);
    expect(reader.sentBytes - sentBefore).toBeGreaterThanOrEqual(3_000 * payload.length);
    const { messagesDroppedOutboxFull, messagesDroppedQueueFull } = subject.broker.statistics;
    expect(messagesDroppedOutboxFull).toBeGreaterThan(1_000);
    expect(messagesDroppedQueueFull).toBeGreaterThan(1_000);
  });

  it("are closed when they take nothing for the stall timeout, while one that reads a little stays", async () => {
    const subject = createSubject({ stallTimeout: 400, maximumOutboxBytes: 300_000 });
    const stalled = await client(subject, {}, { takes: onlyTheConnack });
    const slow = await client(subject, {}, { takes: onlyTheConnack });
    const publisher = await client(subject);
    for (const stream of [stalled, slow]) stream.receive(subscribe({ subscriptions: ["#"] }));
    publisher.receive(publish({ topic: "a", payload: Buffer.alloc(1_000_000) }));
    const reading = setInterval(() => slow.drain(), 100);
    await stalled.closed;
    clearInterval(reading);
    expect(slow.isClosed).toBe(false);
    expect(subject.broker.statistics.connectionsStalled).toBe(1);
  });
});
