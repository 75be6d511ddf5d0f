import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { FakeStream } from "../../support/fake-stream.ts";
import { pingreq, publish, subscribe } from "../../support/packets.ts";
import { answers } from "../support/answers.ts";
import { client, createSubject } from "../support/clients.ts";
import type { Subject } from "../support/subject.ts";

const LARGE = publish({ topic: "a", payload: Buffer.alloc(1_000_000, "x") });
const LIMIT = 4_194_304;

function clients(subject: Subject, count: number): Promise<FakeStream[]> {
  return Promise.all(Array.from({ length: count }, () => client(subject)));
}

it("ten thousand announced packets of which little came take little memory, and none when their clients have left", async () => {
  const subject = createSubject();
  const streams = await clients(subject, 10_000);
  for (const stream of streams) stream.receive(LARGE.subarray(0, 100));
  expect(subject.level.cutPacketBytes).toBeLessThanOrEqual(10_000 * 512);
  for (const stream of streams) stream.disconnect();
  await subject.settle(0, 0);
  expect(subject.level).toMatchObject({ cutPacketBytes: 0, backlogBytes: 0 });
});

it("a packet that comes byte by byte has room for a few times what came of it", async () => {
  const subject = createSubject();
  const stream = await client(subject);
  for (let at = 0; at < 20_000; at++) {
    stream.receive(LARGE.subarray(at, at + 1));
    expect(subject.level.cutPacketBytes).toBeLessThanOrEqual(Math.max(512, 17 * (at + 1)));
  }
  stream.disconnect();
  await subject.settle(0, 0);
  expect(subject.level.cutPacketBytes).toBe(0);
});

it("memory for unfinished packets has a limit: those lose theirs that have sent nothing for longest, and who goes on is served", async () => {
  const subject = createSubject({ maximumBacklogBytes: LIMIT });
  const [steady, ...silent] = await clients(subject, 40);
  const receiver = await client(subject);
  receiver.receive(subscribe({ subscriptions: ["a"] }));
  await turn();
  receiver.take();
  let sent = 0;
  for (const stream of silent) {
    stream.receive(LARGE.subarray(0, 300_000));
    steady?.receive(LARGE.subarray(sent, sent + 20_000));
    sent += 20_000;
    await turn();
    expect(subject.level.cutPacketBytes).toBeLessThanOrEqual(LIMIT);
  }
  await turn();
  expect(silent[0]?.isClosed).toBe(true);
  expect(answers(silent[0] as FakeStream)).toMatchObject([{ type: "disconnect", reasonCode: 0x97 }]);
  expect(silent.at(-1)?.isClosed).toBe(false);
  steady?.receive(LARGE.subarray(sent));
  steady?.receive(pingreq());
  do await turn();
  while (steady?.isPaused);
  await turn();
  expect(answers(steady as FakeStream)).toEqual([{ type: "pingresp" }]);
  expect(answers(receiver)).toMatchObject([{ type: "publish", topic: "a" }]);
});

it("a refused packet, and one whose client is sent away in the middle of it, leave no memory behind", async () => {
  const subject = createSubject();
  const [wrong, other] = await clients(subject, 2);
  // U+0000 in the topic name.
  const refused = publish({ topic: Buffer.from([0x61, 0]), payload: Buffer.alloc(100_000) });
  wrong?.receive(refused.subarray(0, 50_000));
  wrong?.receive(refused.subarray(50_000));
  other?.receive(LARGE.subarray(0, 500_000));
  expect(subject.level.cutPacketBytes).toBeGreaterThan(0);
  await subject.broker.shutDown();
  expect(subject.level.cutPacketBytes).toBe(0);
});
