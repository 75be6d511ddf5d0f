import { PUBREL } from "../../assembly/shared/packet-types.ts";
import { ACK_LENGTH, encodeAck, writeAck } from "../codec/acks.ts";
import { DIALECTS } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Receiver } from "../delivery/receiver.ts";
import { DELIVERY_UNDER_WAY, type ExchangeRow } from "../persistence/rows.ts";
import type { Owner } from "../persistence/store.ts";
import { AWAITS_PUBACK, AWAITS_PUBCOMP, AWAITS_PUBREC, Inflight } from "./inflight.ts";

const FAILURE = 0x80;

/** The QoS 1 and 2 messages under way to one client: begun, repeated on its next connection, and settled by its acknowledgements. */
export class Exchanges {
  readonly #inflight: Inflight;
  /** Packet identifiers of the PUBLISH packets in #inflight that have to be sent again on this connection, first sent first. */
  #unsent: number[] = [];
  /** The session, as the store knows it. */
  readonly #session: Owner;
  readonly #context: DeliveryContext;

  constructor(session: Owner, context: DeliveryContext) {
    this.#session = session;
    this.#context = context;
    this.#inflight = new Inflight(context.backlog);
  }

  /** Exchanges under way. */
  get size(): number {
    return this.#inflight.size;
  }

  get hasUnsent(): boolean {
    return this.#unsent.length > 0;
  }

  /** Only a PUBLISH of QoS 1 or 2 has to ask. [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-4.9.0-3] */
  hasQuota(receiver: Receiver): boolean {
    return this.#inflight.size - this.#unsent.length < receiver.receiveMaximum;
  }

  /** Lets go of the messages: the session is over. */
  end(): void {
    this.#inflight.clear();
  }

  /** QoS 1 messages that the client has not confirmed. */
  *unconfirmed(): Generator<Delivery> {
    for (const packetIdentifier of this.#inflight.inOrder()) {
      const delivery = this.#inflight.delivery(packetIdentifier);
      if (delivery !== null && this.#inflight.state(packetIdentifier) === AWAITS_PUBACK) yield delivery;
    }
  }

  /** What is under way has to go out again, in order: the PUBRELs at once, the messages by `resend`. */
  attach(receiver: Receiver): void {
    for (const packetIdentifier of this.#inflight.inOrder()) {
      // [MQTT-3.3.4-10] A PUBREL does not wait for the quota.
      if (this.#inflight.state(packetIdentifier) !== AWAITS_PUBCOMP) this.#unsent.push(packetIdentifier);
      else sendPubrel(receiver, packetIdentifier, REASON.SUCCESS);
    }
  }

  detach(): void {
    this.#unsent = [];
  }

  /** One of an earlier life of the broker; those that were begun first come first. */
  restore({ packetIdentifier, state }: ExchangeRow, delivery: Delivery | null): void {
    const awaited = delivery?.qos === 1 ? AWAITS_PUBACK : AWAITS_PUBREC;
    this.#inflight.restore(packetIdentifier, state === DELIVERY_UNDER_WAY ? awaited : AWAITS_PUBCOMP, delivery);
  }

  /**
   * Begins a QoS 1 or 2 exchange; `delivery` is null where nobody could ask for it again.
   * [MQTT-4.3.2-2] [MQTT-4.3.2-3] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1]
   */
  start(
    receiver: Receiver,
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    delivery: Delivery | null,
  ): void {
    const packetIdentifier = this.#inflight.add(qos === 1 ? AWAITS_PUBACK : AWAITS_PUBREC, delivery);
    if (delivery !== null && this.#session.owner !== 0) this.#keep(receiver, packetIdentifier, delivery);
    const { sender } = this.#context;
    if (!sender.send(receiver, message, qos, isRetained, subscriptionIdentifiers, packetIdentifier, false)) {
      this.#forget(packetIdentifier);
    }
  }

  /** Sends again what has to be, as far as the client has room. */
  resend(receiver: Receiver): void {
    while (this.#unsent.length > 0 && this.hasQuota(receiver)) {
      if (receiver.outbox.isFull) {
        receiver.outbox.wantRoom();
        return;
      }
      this.#repeat(receiver, this.#unsent.shift() ?? 0);
    }
  }

  /** PUBACK. A reason code that says failure settles the message as well. True: it did. [MQTT-4.4.0-2] [MQTT-4.8.2-6] */
  onPuback(packetIdentifier: number): boolean {
    return this.#inflight.state(packetIdentifier) === AWAITS_PUBACK && this.#settle(packetIdentifier);
  }

  /** PUBREC. One that says failure settles the message and gets no answer. [MQTT-4.3.3-4] [MQTT-4.4.0-2] [MQTT-4.3.3-1 of 3.1.1] */
  onPubrec(receiver: Receiver, packetIdentifier: number, reasonCode: number): boolean {
    const state = this.#inflight.state(packetIdentifier);
    const isKnown = state === AWAITS_PUBREC || state === AWAITS_PUBCOMP;
    if (reasonCode >= FAILURE) return isKnown && this.#settle(packetIdentifier);
    if (state === AWAITS_PUBREC) this.#release(receiver, packetIdentifier);
    sendPubrel(receiver, packetIdentifier, isKnown ? REASON.SUCCESS : REASON.PACKET_IDENTIFIER_NOT_FOUND);
    return false;
  }

  /** PUBCOMP. */
  onPubcomp(packetIdentifier: number): boolean {
    return this.#inflight.state(packetIdentifier) === AWAITS_PUBCOMP && this.#settle(packetIdentifier);
  }

  /** What a QoS 2 receiver has seen once has to be known for ever, or it gets it twice. */
  #keep(receiver: Receiver, packetIdentifier: number, delivery: Delivery): void {
    const { store } = this.#context;
    if (delivery.sequence === 0) store.putDelivery(this.#session.owner, delivery);
    store.putUnderWay(this.#session.owner, packetIdentifier, delivery);
    if (delivery.qos === 2) store.hold(receiver);
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
  #release(receiver: Receiver, packetIdentifier: number): void {
    const delivery = this.#inflight.delivery(packetIdentifier);
    this.#inflight.awaitPubcomp(packetIdentifier);
    this.#forgetUnsent(packetIdentifier);
    if (this.#session.owner === 0 || delivery === null) return;
    const { store } = this.#context;
    store.deleteDelivery(delivery);
    store.putReleased(this.#session.owner, packetIdentifier);
    store.hold(receiver);
  }

  #settle(packetIdentifier: number): true {
    this.#forget(packetIdentifier);
    this.#forgetUnsent(packetIdentifier);
    return true;
  }

  /** The client has the message from an earlier connection. */
  #forgetUnsent(packetIdentifier: number): void {
    if (this.#unsent.length > 0) this.#unsent = this.#unsent.filter((each) => each !== packetIdentifier);
  }

  #forget(packetIdentifier: number): void {
    const delivery = this.#inflight.delivery(packetIdentifier);
    this.#inflight.remove(packetIdentifier);
    if (this.#session.owner === 0) return;
    const { store } = this.#context;
    if (delivery !== null) store.deleteDelivery(delivery);
    store.deleteExchange(this.#session.owner, packetIdentifier);
  }
}

function sendPubrel(receiver: Receiver, packetIdentifier: number, reasonCode: number): void {
  if (reasonCode !== REASON.SUCCESS && DIALECTS[receiver.version].hasReasonCodes) {
    const packet = encodeAck(receiver.version, PUBREL, packetIdentifier, reasonCode, {}, receiver.maximumPacketSize);
    if (packet !== undefined) receiver.outbox.append(packet);
    return;
  }
  const at = receiver.outbox.reserve(ACK_LENGTH);
  writeAck(receiver.outbox.buffer, at, PUBREL, packetIdentifier);
}
