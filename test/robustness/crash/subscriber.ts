import { puback, pubcomp, pubrec, subscribe, unsubscribe } from "../../support/packets.ts";
import type { Packet, PublishPacket } from "../../support/server-packets.ts";
import { Client, type ClientOptions } from "./client.ts";
import { areItsProperties, numberIn } from "./payload.ts";
import type { Stream } from "./stream.ts";
import { Subscription, type SubscriptionOptions } from "./subscription.ts";
import type { Trial } from "./trial.ts";

const NO_SUBSCRIPTION = 0x11;
const PACKET_IDENTIFIERS = 65_535;

export interface SubscriberOptions extends ClientOptions {
  /** No two of one client match the same topic. */
  readonly subscriptions: readonly SubscriptionOptions[];
}

interface Request {
  readonly subscription: Subscription;
  /** A second UNSUBSCRIBE may find nothing. */
  readonly isFirst: boolean;
}

/** Keeps its subscriptions as they are wanted, and hands each message on: of QoS 2 messages each once, by their packet identifiers. */
export class Subscriber extends Client {
  readonly subscriptions: readonly Subscription[];
  readonly #streams: ReadonlyMap<string, Stream>;
  /** By packet identifier, until the answer comes. */
  readonly #requests = new Map<number, Request>();
  /** QoS 2 messages that wait for their PUBREL, by packet identifier: part of the client's session. */
  readonly #received = new Map<number, string>();
  #held: Buffer[] = [];
  #holdsBack = false;
  #lastIdentifier = 0;

  constructor(trial: Trial, options: SubscriberOptions, streams: readonly Stream[]) {
    super(trial, options);
    this.subscriptions = options.subscriptions.map((each) => new Subscription(each, streams));
    this.#streams = new Map(streams.map((stream) => [stream.topic, stream]));
  }

  /** Whether it waits for nothing but messages. */
  get isSettled(): boolean {
    return this.isOnline && this.#requests.size === 0 && this.#received.size === 0;
  }

  /** Whether acknowledgements wait for `acknowledge`. */
  set holdsBack(holdsBack: boolean) {
    this.#holdsBack = holdsBack;
    if (!holdsBack) this.acknowledge();
  }

  acknowledge(): void {
    if (!this.isOnline) return;
    for (const packet of this.#held.splice(0)) this.send(packet);
  }

  /** Sends what brings the subscriptions to what is wanted, as far as no answer is awaited. */
  adjust(): void {
    if (!this.isOnline || this.#requests.size > 0) return;
    for (const subscription of this.subscriptions) {
      if (subscription.due === "subscribe") this.#subscribe(subscription);
      else if (subscription.due === "unsubscribe") this.#unsubscribe(subscription);
    }
  }

  protected override resume(): void {
    this.#requests.clear();
    this.#held = [];
    this.adjust();
  }

  protected override take(packet: Packet): void {
    switch (packet.type) {
      case "publish":
        this.#onPublish(packet);
        return;
      case "pubrel":
        this.#received.delete(packet.packetIdentifier);
        this.#answer(pubcomp(packet.packetIdentifier));
        return;
      case "suback":
        this.#onSuback(packet.packetIdentifier, packet.reasonCodes);
        return;
      case "unsuback":
        this.#onUnsuback(packet.packetIdentifier, packet.reasonCodes);
        return;
      default:
        this.fault(`unexpected packet ${JSON.stringify(packet)}`);
    }
  }

  #answer(packet: Buffer): void {
    if (this.#holdsBack) this.#held.push(packet);
    else this.send(packet);
  }

  #request(request: Request): number {
    this.#lastIdentifier = 1 + (this.#lastIdentifier % PACKET_IDENTIFIERS);
    this.#requests.set(this.#lastIdentifier, request);
    return this.#lastIdentifier;
  }

  #subscribe(subscription: Subscription): void {
    const { filter, qos, identifier } = subscription;
    const { version } = this;
    subscription.request(this.trial.tick());
    const packetIdentifier = this.#request({ subscription, isFirst: true });
    const properties = identifier === undefined ? {} : { subscriptionIdentifiers: [identifier] };
    this.send(subscribe({ version, packetIdentifier, properties, subscriptions: [{ filter, qos }] }));
  }

  #unsubscribe(subscription: Subscription): void {
    const { version } = this;
    const isFirst = subscription.cancel(this.trial.tick());
    const packetIdentifier = this.#request({ subscription, isFirst });
    this.send(unsubscribe({ version, packetIdentifier, filters: [subscription.filter] }));
  }

  #onSuback(packetIdentifier: number, [reasonCode]: number[]): void {
    const subscription = this.#requests.get(packetIdentifier)?.subscription;
    this.#requests.delete(packetIdentifier);
    if (subscription?.qos !== reasonCode) this.fault(`SUBACK ${reasonCode} for ${subscription?.filter}`);
    subscription?.onSuback(this.trial.tick());
  }

  #onUnsuback(packetIdentifier: number, [reasonCode]: number[]): void {
    const request = this.#requests.get(packetIdentifier);
    this.#requests.delete(packetIdentifier);
    if (request === undefined) this.fault(`UNSUBACK for packet identifier ${packetIdentifier}, which no request has`);
    else if (request.isFirst && reasonCode === NO_SUBSCRIPTION) {
      this.fault(`its subscription to ${request.subscription.filter} is lost: UNSUBACK with reason code 0x11`);
    }
    request?.subscription.onUnsuback(this.trial.tick());
  }

  #onPublish(packet: PublishPacket): void {
    const { packetIdentifier, qos } = packet;
    if (qos !== 2) {
      this.#handOn(packet);
      this.#answer(puback(packetIdentifier));
      return;
    }
    const number = numberIn(packet.topic, packet.payload);
    const name = `${packet.topic} ${number}`;
    const known = this.#received.get(packetIdentifier);
    if (known === undefined) {
      this.#received.set(packetIdentifier, name);
      this.#handOn(packet);
    } else if (known !== name) {
      this.fault(`${name} came with packet identifier ${packetIdentifier}, by which ${known} waits for its PUBREL`);
    } else if (!packet.duplicate) {
      this.fault(`${name} came again with packet identifier ${packetIdentifier} and without DUP`);
    }
    this.#answer(pubrec(packetIdentifier));
  }

  #handOn(packet: PublishPacket): void {
    const { topic, qos } = packet;
    this.trial.handedOn++;
    const stream = this.#streams.get(topic);
    const subscription = this.subscriptions.find(({ streams }) => stream !== undefined && streams.includes(stream));
    const number = numberIn(topic, packet.payload);
    if (stream === undefined || subscription === undefined || number === undefined) {
      this.fault(`a message in ${topic} is not for it, or its payload not what was sent`);
      return;
    }
    const wrong = subscription.take(stream, number, qos, this.connection) ?? this.#difference(packet, stream, number);
    if (wrong !== undefined) this.fault(`${topic} ${number} (QoS ${qos}) ${wrong}`);
    const expectedQos = Math.min(stream.qos, subscription.qos);
    if (qos !== expectedQos) this.fault(`${topic} ${number} came with QoS ${qos}, not ${expectedQos}`);
    const [identifier] = packet.properties.subscriptionIdentifiers ?? [];
    if (identifier !== subscription.identifier) {
      this.fault(`${topic} ${number} came with subscription identifier ${identifier}, not ${subscription.identifier}`);
    }
  }

  #difference({ properties }: PublishPacket, stream: Stream, number: number): string | undefined {
    if (this.version !== 5 || stream.version !== 5 || areItsProperties(number, properties)) return undefined;
    return `came with the properties ${JSON.stringify(properties)}`;
  }
}
