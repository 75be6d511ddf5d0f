import { connect, puback, publish, subscribe } from "../../support/packets.ts";
import type { Packet, PublishPacket } from "../../support/server-packets.ts";
import { areItsProperties, numberIn } from "./payload.ts";
import type { Stream } from "./stream.ts";
import type { Trial } from "./trial.ts";
import { Wire } from "./wire.ts";

const VERSION = 5;
const FILTER = "kept/#";
/** Published behind the SUBSCRIBE: short lists of retained messages go in front of it. */
const END = "kept/end";
/** How long one that END overtook may take. */
const OVERTAKEN = 1_000;

/** Whether the message with this number has no payload, so that the topic has no retained message behind it. */
export function isRemoval({ isRetained }: Stream, number: number): boolean {
  return isRetained && number % 4 === 0;
}

/** The numbers that a topic may have retained: that acknowledged last, or one sent behind it. 0 stands for none. */
function possible(stream: Stream): number[] {
  const { lastAcknowledged, lastSent } = stream;
  const numbers = Array.from({ length: lastSent - lastAcknowledged + 1 }, (_, i) => lastAcknowledged + i);
  return numbers.map((number) => (isRemoval(stream, number) ? 0 : number));
}

/** What a new subscriber gets at once, by topic. Before the publishers are back. */
async function readRetained(trial: Trial, port: number, isEnough: (topics: ReadonlySet<string>) => boolean) {
  const found = new Map<string, PublishPacket>();
  const onPacket = (packet: Packet): void => {
    if (packet.type === "publish") {
      found.set(packet.topic, packet);
      if (packet.qos > 0) wire.send(puback(packet.packetIdentifier));
    }
    trial.progress();
  };
  const onOpen = (): void => {
    wire.send(connect({ clientIdentifier: "reader", version: VERSION }));
    wire.send(subscribe({ subscriptions: [{ filter: FILTER, qos: 1 }] }));
    wire.send(publish({ topic: END, qos: 0 }));
  };
  const onMalformed = (error: unknown) => trial.fault(`what is retained came as: ${error}`);
  const wire: Wire = new Wire(port, VERSION, { onOpen, onPacket, onMalformed, onClosed: () => {} });
  await trial.until(() => found.has(END));
  await trial.until(() => isEnough(new Set(found.keys())), OVERTAKEN);
  wire.cut();
  found.delete(END);
  return found;
}

/** Reads all retained messages, and holds them against what the publishers were told. */
export async function checkRetained(trial: Trial, port: number, streams: readonly Stream[]): Promise<void> {
  const certain = streams.filter((stream) => !possible(stream).includes(0));
  const found = await readRetained(trial, port, (topics) => certain.every(({ topic }) => topics.has(topic)));
  for (const stream of streams) {
    const number = retainedNumber(trial, stream, found.get(stream.topic));
    found.delete(stream.topic);
    if (number === undefined || possible(stream).includes(number)) continue;
    const { topic, lastAcknowledged, lastSent } = stream;
    const expected = `${lastAcknowledged} was acknowledged last (every fourth has no payload), ${lastSent} sent last`;
    trial.fault(`${topic} has ${number === 0 ? "nothing" : number} retained, expected: ${expected}`);
  }
  for (const topic of found.keys()) trial.fault(`there is a retained message in ${topic}, which nobody published to`);
}

/** Undefined: it is no message of the stream, and that has been told. */
function retainedNumber(trial: Trial, stream: Stream, packet: PublishPacket | undefined): number | undefined {
  if (packet === undefined) return 0;
  const number = numberIn(stream.topic, packet.payload);
  if (number === undefined) trial.fault(`the payload retained in ${stream.topic} is not what was sent`);
  else if (stream.version === VERSION && !areItsProperties(number, packet.properties)) {
    trial.fault(`${stream.topic} ${number} is retained with ${JSON.stringify(packet.properties)}`);
  }
  if (!packet.retain) trial.fault(`${stream.topic} ${number} came without RETAIN`);
  return number;
}
