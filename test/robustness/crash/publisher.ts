import { publish, pubrel } from "../../support/packets.ts";
import type { Packet } from "../../support/server-packets.ts";
import { Client, type ClientOptions } from "./client.ts";
import { payloadOf, propertiesOf } from "./payload.ts";
import { isRemoval } from "./retained.ts";
import type { MessageRecord, Stream } from "./stream.ts";
import type { Trial } from "./trial.ts";

const WINDOW = 24;
/** Few, so that each is used again and again. */
const PACKET_IDENTIFIERS = 64;
const FAILURE = 0x80;
const PACKET_IDENTIFIER_NOT_FOUND = 0x92;

interface Outgoing {
  readonly packetIdentifier: number;
  readonly stream: Stream;
  readonly message: MessageRecord;
  /** Its PUBREC came. */
  isReceived: boolean;
}

/** Sends messages of its streams, and again what was not acknowledged, as the standard wants it from a client. */
export class Publisher extends Client {
  readonly streams: readonly [Stream, ...Stream[]];
  /** By packet identifier, in the order in which they were sent first. */
  readonly #underWay = new Map<number, Outgoing>();
  #lastIdentifier = 0;

  constructor(trial: Trial, options: ClientOptions, streams: readonly [Stream, ...Stream[]]) {
    super(trial, options);
    this.streams = streams;
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Sends up to `count` messages, as many as may be under way. */
  publish(count: number): void {
    if (!this.isOnline) return;
    this.batch(() => {
      const { random } = this.trial;
      for (let i = 0; i < count && this.#underWay.size < WINDOW; i++) this.#start(random.pick(this.streams));
    });
  }

  /** Sends one message of each stream. */
  publishEach(): void {
    this.batch(() => {
      for (const stream of this.streams) this.#start(stream);
    });
  }

  protected override resume(): void {
    this.batch(() => {
      for (const outgoing of this.#underWay.values()) this.#resend(outgoing);
    });
  }

  protected override take(packet: Packet): void {
    switch (packet.type) {
      case "puback":
        this.#onAcknowledged(packet.packetIdentifier, packet.reasonCode, 1);
        return;
      case "pubrec":
        this.#onAcknowledged(packet.packetIdentifier, packet.reasonCode, 2);
        return;
      case "pubcomp":
        this.#onPubcomp(packet.packetIdentifier, packet.reasonCode);
        return;
      default:
        this.fault(`unexpected packet ${JSON.stringify(packet)}`);
    }
  }

  #start(stream: Stream): void {
    const message = stream.send(this.trial.tick(), this.trial.round);
    const packetIdentifier = this.#freeIdentifier();
    this.#underWay.set(packetIdentifier, { packetIdentifier, stream, message, isReceived: false });
    this.send(this.#encode(packetIdentifier, stream, message, false));
  }

  #resend({ packetIdentifier, stream, message, isReceived }: Outgoing): void {
    if (!isReceived) message.sends++;
    this.send(isReceived ? pubrel(packetIdentifier) : this.#encode(packetIdentifier, stream, message, true));
  }

  #encode(packetIdentifier: number, stream: Stream, { number }: MessageRecord, duplicate: boolean): Buffer {
    const { version } = this;
    const { topic, qos, isRetained: retain } = stream;
    const payload = isRemoval(stream, number) ? "" : payloadOf(topic, number);
    const properties = propertiesOf(number);
    return publish({ version, topic, payload, qos, retain, duplicate, packetIdentifier, properties });
  }

  #freeIdentifier(): number {
    do this.#lastIdentifier = 1 + (this.#lastIdentifier % PACKET_IDENTIFIERS);
    while (this.#underWay.has(this.#lastIdentifier));
    return this.#lastIdentifier;
  }

  /** PUBACK or PUBREC: they come in the order of the PUBLISHes. */
  #onAcknowledged(packetIdentifier: number, reasonCode: number, qos: 1 | 2): void {
    const what = `${qos === 1 ? "PUBACK" : "PUBREC"} for packet identifier ${packetIdentifier}`;
    const outgoing = this.#underWay.get(packetIdentifier);
    if (outgoing === undefined || outgoing.stream.qos !== qos) {
      this.fault(`${what}, which no such PUBLISH has`);
      return;
    }
    const { stream, message } = outgoing;
    if (reasonCode >= FAILURE) this.fault(`${what} with reason code ${reasonCode} (${stream.topic} ${message.number})`);
    const first = this.#firstUnacknowledged(qos);
    if (first !== outgoing) this.fault(`${what} before that for ${first?.packetIdentifier}, which was sent earlier`);
    stream.acknowledge(message, this.trial.tick());
    this.trial.acknowledged++;
    outgoing.isReceived = true;
    if (qos === 1) this.#underWay.delete(packetIdentifier);
    else this.send(pubrel(packetIdentifier));
  }

  #firstUnacknowledged(qos: 1 | 2): Outgoing | undefined {
    for (const outgoing of this.#underWay.values()) {
      if (outgoing.stream.qos === qos && !outgoing.isReceived) return outgoing;
    }
    return undefined;
  }

  #onPubcomp(packetIdentifier: number, reasonCode: number): void {
    if (!this.#underWay.get(packetIdentifier)?.isReceived) {
      this.fault(`PUBCOMP for packet identifier ${packetIdentifier}, which no PUBREL has`);
    }
    if (reasonCode !== 0 && reasonCode !== PACKET_IDENTIFIER_NOT_FOUND) this.fault(`PUBCOMP with ${reasonCode}`);
    this.#underWay.delete(packetIdentifier);
  }
}
