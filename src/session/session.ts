import { PUBREL } from "../../assembly/shared/packet-types.ts";
import { ACK_LENGTH, encodeAck, writeAck } from "../codec/acks.ts";
import { DIALECTS } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import { Delivery } from "../delivery/delivery.ts";
import { DeliveryQueue } from "../delivery/delivery-queue.ts";
import type { Message } from "../delivery/message.ts";
import type { Receiver } from "../delivery/receiver.ts";
import type { SharedGroup } from "../delivery/shared-group.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { AWAITS_PUBACK, AWAITS_PUBCOMP, AWAITS_PUBREC, Inflight } from "./inflight.ts";
import { Received } from "./received.ts";

const FAILURE = 0x80;

/** What the broker keeps of one client, beyond its connections where the client asks for that (MQTT 5.0 §4.1). */
export class Session {
  readonly clientIdentifier: string;
  /** Seconds that it outlives its connection; 0: it does not. */
  expiryInterval: number;
  /** By filter as the client wrote it. */
  readonly subscriptions = new Map<string, Subscription>();
  readonly received = new Received();
  /** The client while it is online. */
  #receiver: Receiver | undefined;
  /** To the client, not sent yet. */
  readonly #queue = new DeliveryQueue();
  /** To the client, not acknowledged yet. */
  readonly #inflight = new Inflight();
  /** Packet identifiers of the PUBLISH packets in #inflight that have to be sent again on this connection, first sent first. */
  #unsent: number[] = [];
  readonly #context: DeliveryContext;

  constructor(clientIdentifier: string, expiryInterval: number, context: DeliveryContext) {
    this.clientIdentifier = clientIdentifier;
    this.expiryInterval = expiryInterval;
    this.#context = context;
  }

  get receiver(): Receiver | undefined {
    return this.#receiver;
  }

  get isResumable(): boolean {
    return this.expiryInterval > 0;
  }

  /** Whether a message that is delivered now leaves at once. */
  get hasRoom(): boolean {
    const receiver = this.#receiver;
    return receiver !== undefined && this.#isClear(receiver);
  }

  /**
   * The client is online: what was under way goes out again, in order, with DUP, and what waits follows.
   * [MQTT-4.4.0-1] [MQTT-4.4.0-1 of 3.1.1] [MQTT-4.6.0-1 of 3.1.1]
   */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
    this.received.beginConnection();
    for (const packetIdentifier of this.#inflight.inOrder()) {
      // [MQTT-3.3.4-10] A PUBREL does not wait for the quota.
      if (this.#inflight.state(packetIdentifier) !== AWAITS_PUBCOMP) this.#unsent.push(packetIdentifier);
      else this.#sendPubrel(packetIdentifier, REASON.SUCCESS);
    }
    this.proceed();
    for (const { group } of this.subscriptions.values()) group?.resume(this);
  }

  /** The client is offline. What it was sent stays with it. [MQTT-4.8.2-4] */
  detach(): void {
    this.#receiver = undefined;
    this.#unsent = [];
    for (const { group } of this.subscriptions.values()) group?.suspend(this);
    for (const delivery of this.#queue.extract(isShared)) {
      this.#forgetQueued(delivery);
      delivery.group?.redeliver(delivery);
    }
  }

  /** The session is over and has no subscriptions any more: the other members of shared subscriptions get what this one had not confirmed. */
  end(): void {
    this.#context.retainedWalks.stopAll(this);
    for (const packetIdentifier of this.#inflight.inOrder()) {
      // [MQTT-4.8.2-5] A QoS 2 message stays with the client that it was sent to.
      if (this.#inflight.state(packetIdentifier) !== AWAITS_PUBACK) continue;
      const delivery = this.#inflight.delivery(packetIdentifier);
      delivery?.group?.redeliver(delivery);
    }
  }

  /** Sends the message or lets it wait. False: it was dropped. [MQTT-3.1.2-5 of 3.1.1] */
  deliver(
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    group: SharedGroup | undefined,
  ): boolean {
    const receiver = this.#receiver;
    if (qos === 0 && receiver !== undefined) {
      if (!receiver.outbox.isFull) {
        return this.#context.sender.send(receiver, message, 0, isRetained, subscriptionIdentifiers, 0, false);
      }
      this.#context.statistics.messagesDroppedOutboxFull++;
      return false;
    }
    if (receiver !== undefined && this.#isClear(receiver)) {
      const delivery =
        this.isResumable || group !== undefined
          ? new Delivery(message.keep(), qos, isRetained, subscriptionIdentifiers, group)
          : null;
      this.#start(receiver, message, qos, isRetained, subscriptionIdentifiers, delivery);
      return true;
    }
    if (qos === 0 && !this.#context.limits.queueQos0Messages) return false;
    return this.#enqueue(new Delivery(message.keep(), qos, isRetained, subscriptionIdentifiers, group));
  }

  /** Sends what may go out now: after an acknowledgement, or when the outbox has room again. */
  proceed(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (this.#unsent.length > 0) this.#resend(receiver);
    if (this.#queue.size > 0) this.#sendWaiting(receiver);
    else this.#context.retainedWalks.proceed(this);
  }

  /** PUBACK. A reason code that says failure settles the message as well. [MQTT-4.4.0-2] [MQTT-4.8.2-6] */
  onPuback(packetIdentifier: number): void {
    if (this.#inflight.state(packetIdentifier) === AWAITS_PUBACK) this.#settle(packetIdentifier);
  }

  /** PUBREC. One that says failure settles the message and gets no answer. [MQTT-4.3.3-4] [MQTT-4.4.0-2] [MQTT-4.3.3-1 of 3.1.1] */
  onPubrec(packetIdentifier: number, reasonCode: number): void {
    const state = this.#inflight.state(packetIdentifier);
    const isKnown = state === AWAITS_PUBREC || state === AWAITS_PUBCOMP;
    if (reasonCode >= FAILURE) {
      if (isKnown) this.#settle(packetIdentifier);
      return;
    }
    if (state === AWAITS_PUBREC) this.#release(packetIdentifier);
    this.#sendPubrel(packetIdentifier, isKnown ? REASON.SUCCESS : REASON.PACKET_IDENTIFIER_NOT_FOUND);
  }

  /** PUBCOMP. */
  onPubcomp(packetIdentifier: number): void {
    if (this.#inflight.state(packetIdentifier) === AWAITS_PUBCOMP) this.#settle(packetIdentifier);
  }

  /** Only a PUBLISH of QoS 1 or 2 has to ask. [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-4.9.0-3] */
  #hasQuota(receiver: Receiver): boolean {
    return this.#inflight.size - this.#unsent.length < receiver.receiveMaximum;
  }

  /**
   * Whether nothing that has to go out before it keeps a message waiting that is delivered now.
   * [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1]
   */
  #isClear(receiver: Receiver): boolean {
    const isFirst = this.#queue.size === 0 && this.#unsent.length === 0;
    return isFirst && this.#hasQuota(receiver) && !receiver.outbox.isFull;
  }

  #enqueue(delivery: Delivery): boolean {
    const { limits, statistics } = this.#context;
    if (this.#queue.size >= limits.maximumQueuedMessages) this.#dropExpired();
    const dropped = this.#queue.push(delivery, limits.maximumQueuedMessages);
    if (dropped !== undefined) statistics.messagesDroppedQueueFull++;
    if (dropped === delivery) return false;
    if (dropped !== undefined) this.#forgetQueued(dropped);
    if (this.isResumable) this.#context.store.putQueued(this, delivery);
    if (this.#receiver?.outbox.isFull) this.#receiver.outbox.wantRoom();
    return true;
  }

  /** Those whose time is over make room. */
  #dropExpired(): void {
    for (const expired of this.#queue.takeExpired(Date.now())) {
      this.#context.statistics.messagesExpired++;
      this.#forgetQueued(expired);
    }
  }

  #forgetQueued(delivery: Delivery): void {
    if (this.isResumable) this.#context.store.deleteQueued(this, delivery);
  }

  #sendWaiting(receiver: Receiver): void {
    const now = Date.now();
    while (this.#queue.size > 0 && this.#hasQuota(receiver)) {
      if (receiver.outbox.isFull) {
        receiver.outbox.wantRoom();
        return;
      }
      const next = this.#queue.shift();
      if (next !== undefined) this.#sendQueued(receiver, next, now);
    }
    if (this.#queue.size === 0) this.#context.retainedWalks.proceed(this);
  }

  #sendQueued(receiver: Receiver, delivery: Delivery, now: number): void {
    const { message, qos, isRetained, subscriptionIdentifiers } = delivery;
    // [MQTT-3.3.2-5]
    if (message.isExpired(now)) {
      this.#context.statistics.messagesExpired++;
      this.#forgetQueued(delivery);
    } else if (qos === 0) {
      this.#forgetQueued(delivery);
      this.#context.sender.send(receiver, message, 0, isRetained, subscriptionIdentifiers, 0, false);
    } else {
      this.#start(receiver, message, qos, isRetained, subscriptionIdentifiers, delivery);
    }
  }

  /**
   * Begins a QoS 1 or 2 exchange.
   * [MQTT-4.3.2-2] [MQTT-4.3.2-3] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1]
   */
  #start(
    receiver: Receiver,
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    delivery: Delivery | null,
  ): void {
    const packetIdentifier = this.#inflight.add(qos === 1 ? AWAITS_PUBACK : AWAITS_PUBREC, delivery);
    const { sender, store } = this.#context;
    if (!sender.send(receiver, message, qos, isRetained, subscriptionIdentifiers, packetIdentifier, false)) {
      this.#inflight.remove(packetIdentifier);
    } else if (delivery !== null && this.isResumable) {
      store.putInflight(this, packetIdentifier, delivery);
    }
  }

  #resend(receiver: Receiver): void {
    while (this.#unsent.length > 0 && this.#hasQuota(receiver)) {
      if (receiver.outbox.isFull) {
        receiver.outbox.wantRoom();
        return;
      }
      this.#repeat(receiver, this.#unsent.shift() ?? 0);
    }
  }

  /** Whether or not it expired meanwhile. [MQTT-4.3.3-7] */
  #repeat(receiver: Receiver, packetIdentifier: number): void {
    const delivery = this.#inflight.delivery(packetIdentifier);
    if (delivery === null) return;
    const { message, qos, isRetained, subscriptionIdentifiers } = delivery;
    const { sender } = this.#context;
    if (!sender.send(receiver, message, qos, isRetained, subscriptionIdentifiers, packetIdentifier, true)) {
      this.#forget(packetIdentifier);
    }
  }

  /** [MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT-4.3.3-1 of 3.1.1] */
  #release(packetIdentifier: number): void {
    this.#inflight.awaitPubcomp(packetIdentifier);
    this.#forgetUnsent(packetIdentifier);
    if (this.isResumable) this.#context.store.putReleased(this, packetIdentifier);
  }

  #settle(packetIdentifier: number): void {
    this.#forget(packetIdentifier);
    this.#forgetUnsent(packetIdentifier);
    this.proceed();
  }

  /** The client has the message from an earlier connection. */
  #forgetUnsent(packetIdentifier: number): void {
    if (this.#unsent.length > 0) this.#unsent = this.#unsent.filter((each) => each !== packetIdentifier);
  }

  #forget(packetIdentifier: number): void {
    this.#inflight.remove(packetIdentifier);
    if (this.isResumable) this.#context.store.deleteInflight(this, packetIdentifier);
  }

  #sendPubrel(packetIdentifier: number, reasonCode: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (reasonCode !== REASON.SUCCESS && DIALECTS[receiver.version].hasReasonCodes) {
      const packet = encodeAck(receiver.version, PUBREL, packetIdentifier, reasonCode, {}, receiver.maximumPacketSize);
      if (packet !== undefined) receiver.outbox.append(packet);
      return;
    }
    const at = receiver.outbox.reserve(ACK_LENGTH);
    writeAck(receiver.outbox.buffer, at, PUBREL, packetIdentifier);
  }
}

function isShared(delivery: Delivery): boolean {
  return delivery.group !== undefined;
}
