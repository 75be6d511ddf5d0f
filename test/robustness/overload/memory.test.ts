import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { subscribeTo } from "../../support/flows.ts";
import { publish, type Version } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import { Ternmq } from "../../support/ternmq.ts";

const MEBIBYTE = 1_048_576;
const LIMIT = 64 * MEBIBYTE;
/** Beyond the limit: what the sockets hold, garbage, and buffers that are kept for use. */
const ROOM = 160 * MEBIBYTE;
const PAIRS = 8;
/** Of each publisher; more than twice the limit together. */
const COUNT = 320;
const PAYLOAD = Buffer.alloc(64 * 1_024, "x");

function residentBytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

function client(broker: Ternmq, name: string, version: Version, autoAck: boolean): Promise<RawClient> {
  return RawClient.connect(broker.port, { connect: { version, clientIdentifier: name }, autoAck });
}

it.runIf(process.platform === "linux")(
  "publishers faster than all receivers stay within the limit, and all that is acknowledged arrives when the receivers go on",
  { timeout: 60_000 },
  async () => {
    const limits = ["--max-backlog-bytes", `${LIMIT}`, "--no-persistence", "--no-ws"];
    const broker = await Ternmq.start(limits);
    onTestFinished(() => broker.kill());
    const before = residentBytes(broker.pid);
    const receivers: RawClient[] = [];
    const publishers: RawClient[] = [];
    for (let index = 0; index < PAIRS; index++) {
      const receiver = await client(broker, `receiver-${index}`, 5, true);
      await subscribeTo(receiver, `t/${index}`, 1);
      receiver.stream.pause();
      receivers.push(receiver);
      publishers.push(await client(broker, `publisher-${index}`, index % 2 === 0 ? 4 : 5, false));
    }
    publishers.forEach((publisher, topic) => {
      const { version } = publisher;
      for (let index = 1; index <= COUNT; index++)
        publisher.send(publish({ version, topic: `t/${topic}`, qos: 1, packetIdentifier: index, payload: PAYLOAD }));
    });
    await broker.logged("much waits for slow clients; those who publish to them have to wait");
    const witness = await client(broker, "witness", 5, false);
    for (let turns = 0; turns < 200; turns++) {
      await witness.expectNothing();
      expect(residentBytes(broker.pid) - before).toBeLessThan(LIMIT + ROOM);
    }
    for (const receiver of receivers) receiver.stream.resume();
    for (const publisher of publishers) {
      for (let index = 1; index <= COUNT; index++)
        expect(await publisher.expect("puback")).toMatchObject({ packetIdentifier: index, reasonCode: 0 });
    }
    for (const receiver of receivers) for (let index = 0; index < COUNT; index++) await receiver.expect("publish");
    expect(residentBytes(broker.pid) - before).toBeLessThan(LIMIT + ROOM);
    for (const each of [...receivers, ...publishers, witness]) each.destroy();
  },
);
