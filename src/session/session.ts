import type { Will } from "../codec/connect.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { SessionLimits } from "../config/client-limits.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Receiver } from "../delivery/receiver.ts";
import type { SharedGroup } from "../delivery/shared-group.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { SubscriptionList } from "../delivery/subscription-table.ts";
import { WaitingDeliveries, type WaitingOwner } from "../delivery/waiting-deliveries.ts";
import type { DeliveryRow, ExchangeRow, OwnerNumber } from "../persistence/rows.ts";
import type { ClientInfo } from "../security/access.ts";
import { Exchanges } from "./exchanges.ts";
import { Received } from "./received.ts";

/** What the broker keeps of one client, beyond its connections where the client asks for that (MQTT 5.0 §4.1). */
export class Session implements WaitingOwner {
  readonly clientIdentifier: string;
  /** Whose it is; undefined: nobody's in particular, so that anybody may have it. */
  username: string | undefined;
  /** By which the store knows it; 0: it does not. */
  owner: OwnerNumber;
  /** Seconds that it outlives its connection; 0: it does not. */
  expiryInterval: number;
  /** Of the connection that is open, or what is left to be published of the last one. */
  will: Will | undefined;
  /** Who left it, as whom it is published. */
  author: ClientInfo | undefined;
  /** When the client went offline, in milliseconds of `Date.now()`. */
  offlineSince: number | undefined;
  /** Those that are not shared. */
  readonly subscriptions: SubscriptionList = { target: 0, first: 0, count: 0 };
  /** Shared subscriptions by filter as the client wrote it. */
  readonly shared = new Map<string, Subscription>();
  readonly received = new Received();
  /** Of its client, also while that is offline; until it has connected once since the start of the broker, of all clients. */
  limits: SessionLimits;
  /** The client while it is online. */
  #receiver: Receiver | undefined;
  // Most sessions never need these.
  /** To the client, not sent yet. */
  #queue: WaitingDeliveries | undefined;
  /** Shared subscriptions that it is a member of. */
  #groups: Set<SharedGroup> | undefined;
  /** To the client, not acknowledged yet. */
  #exchanges: Exchanges | undefined;
  /** Acknowledgements of the chunk that is being handled have made room. */
  #hasSettled = false;
  readonly #context: DeliveryContext;

  /** @param owner its number in the store */
  constructor(clientIdentifier: string, expiryInterval: number, owner: OwnerNumber, context: DeliveryContext) {
    this.clientIdentifier = clientIdentifier;
    this.expiryInterval = expiryInterval;
    this.owner = owner;
    this.limits = context.limits;
    this.#context = context;
  }

  get receiver(): Receiver | undefined {
    return this.#receiver;
  }

  /** Whether somebody else may not have what is in it. */
  isKeptFrom(username: string | undefined): boolean {
    return this.username !== undefined && this.username !== username;
  }

  get isOnline(): boolean {
    return this.#receiver !== undefined;
  }

  get isBlocked(): boolean {
    return this.#receiver?.outbox.isBlocked ?? false;
  }

  /** The client has not acknowledged all that it was sent. */
  get owesAcknowledgements(): boolean {
    return this.#exchanges !== undefined && this.#exchanges.size > 0;
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
    this.limits = receiver.limits;
    this.received.beginConnection();
    // What goes out again may not be on disk yet.
    if (this.owner !== 0) this.#context.store.hold(receiver);
    this.#exchanges?.attach(receiver);
    this.proceed();
    for (const group of this.#groups ?? []) group.resume(this);
  }

  /** The client is offline. What it was sent stays with it. [MQTT-4.8.2-4] */
  detach(): void {
    this.#receiver = undefined;
    this.#exchanges?.detach();
    for (const group of this.#groups ?? []) group.suspend(this);
  }

  /**
   * Has the store keep it although it ends with its connection: if that end is the broker's, too, others have to get what it was given of a
   * shared subscription and had not confirmed.
   */
  becomeKnown(): void {
    if (this.owner !== 0) return;
    const { store } = this.#context;
    this.owner = store.takeOwner();
    if (this.owner === 0) return;
    store.putSession(this);
    for (const subscription of this.#context.subscriptions.of(this)) store.putSubscription(subscription);
  }

  join(group: SharedGroup): void {
    this.#groups ??= new Set();
    this.#groups.add(group);
  }

  leave(group: SharedGroup): void {
    this.#groups?.delete(group);
  }

  /** The session is over and has no subscriptions any more: the other members of shared subscriptions get what this one had not confirmed. */
  end(): void {
    this.#context.retainedWalks.stopAll(this);
    this.#queue?.end();
    // [MQTT-4.8.2-5] A QoS 2 message stays with the client that it was sent to.
    for (const { group, message } of this.#exchanges?.unconfirmed() ?? []) group?.redeliver(message);
    this.#exchanges?.end();
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
    // [MQTT-4.6.0-6] Those that came while the client was offline go first.
    if (qos === 0 && receiver !== undefined && this.#queue?.hasQos0 !== true) {
      if (!receiver.outbox.isFull) {
        return this.#context.sender.send(receiver, message, 0, isRetained, subscriptionIdentifiers, 0, false);
      }
      this.#context.statistics.messagesDroppedOutboxFull++;
      this.#context.backlog.slow = receiver.outbox;
      return false;
    }
    if (receiver !== undefined && this.#isClear(receiver)) {
      const delivery =
        this.isResumable || group !== undefined
          ? new Delivery(message.keep(), qos, isRetained, subscriptionIdentifiers, group)
          : null;
      this.#begunExchanges.start(receiver, message, qos, isRetained, subscriptionIdentifiers, delivery);
      return true;
    }
    if (qos === 0 && receiver === undefined && !this.#context.limits.queueQos0Messages) return false;
    return this.#enqueue(new Delivery(message.keep(), qos, isRetained, subscriptionIdentifiers, group));
  }

  /** Sends what may go out now: after an acknowledgement, or when the outbox has room again. */
  proceed(): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (this.#exchanges?.hasUnsent) this.#exchanges.resend(receiver);
    if (this.#waits) this.#sendWaiting(receiver);
    else this.#sendNew();
  }

  /** Exchanges of an earlier life of the broker, first begun first. */
  restoreExchange(exchange: ExchangeRow, row: DeliveryRow | undefined): void {
    this.#begunExchanges.restore(exchange, row === undefined ? null : this.restore(row));
  }

  /** So many deliveries wait on disk from an earlier life of the broker. */
  restoreWaiting(count: number, after: number): void {
    this.#begunQueue.restore(count, after);
  }

  restore(row: DeliveryRow): Delivery {
    const group = row.sharedFilter === undefined ? undefined : this.shared.get(row.sharedFilter)?.group;
    return Delivery.restore(row, group);
  }

  onUnreadable(error: unknown): void {
    this.#context.log.error({ client: this.clientIdentifier, err: error }, "what waits for a client cannot be read");
    this.#receiver?.close(REASON.IMPLEMENTATION_SPECIFIC_ERROR);
  }

  onPuback(packetIdentifier: number): void {
    if (this.#exchanges?.onPuback(packetIdentifier)) this.#hasSettled = true;
  }

  onPubrec(packetIdentifier: number, reasonCode: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (this.#begunExchanges.onPubrec(receiver, packetIdentifier, reasonCode)) this.#hasSettled = true;
  }

  onPubcomp(packetIdentifier: number): void {
    if (this.#exchanges?.onPubcomp(packetIdentifier)) this.#hasSettled = true;
  }

  /** The chunk is handled in which acknowledgements may have come. */
  endChunk(): void {
    if (!this.#hasSettled) return;
    this.#hasSettled = false;
    this.proceed();
  }

  /**
   * Whether nothing that has to go out before it keeps a message waiting that is delivered now.
   * [MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT-4.6.0-5 of 3.1.1] [MQTT-4.6.0-6 of 3.1.1]
   */
  #isClear(receiver: Receiver): boolean {
    if (this.#waits || receiver.outbox.isFull) return false;
    const exchanges = this.#exchanges;
    return exchanges === undefined || (!exchanges.hasUnsent && exchanges.hasQuota(receiver) && !this.#findsMemoryFull);
  }

  /** What is under way stays in memory unless it is let go with the connection, so where memory is full only one new message may be. */
  get #findsMemoryFull(): boolean {
    return this.#context.backlog.isFull && this.isResumable && this.owesAcknowledgements;
  }

  /** Whether anything waits in it. */
  get #waits(): boolean {
    return this.#queue !== undefined && this.#queue.size > 0;
  }

  get #begunQueue(): WaitingDeliveries {
    this.#queue ??= new WaitingDeliveries(this, this.#context);
    return this.#queue;
  }

  get #begunExchanges(): Exchanges {
    this.#exchanges ??= new Exchanges(this, this.#context);
    return this.#exchanges;
  }

  #enqueue(delivery: Delivery): boolean {
    if (!this.#begunQueue.append(delivery)) return false;
    const receiver = this.#receiver;
    // No acknowledgement may come that would have it go on.
    if (receiver !== undefined && this.#exchanges?.hasQuota(receiver) !== false) receiver.outbox.wantRoom();
    return true;
  }

  #sendWaiting(receiver: Receiver): void {
    const now = Date.now();
    const [queue, exchanges] = [this.#begunQueue, this.#begunExchanges];
    while (queue.size > 0 && exchanges.hasQuota(receiver)) {
      if (receiver.outbox.isFull) {
        receiver.outbox.wantRoom();
        return;
      }
      const next = queue.shift();
      if (next === undefined) return;
      this.#sendQueued(receiver, next, now);
    }
    if (queue.size === 0) this.#sendNew();
  }

  /** What is for this session as soon as nothing waits in it. */
  #sendNew(): void {
    this.#sendShared();
    this.#context.retainedWalks.proceed(this);
  }

  /** It may be in a million shared subscriptions, so those that have nothing are left out. */
  #sendShared(): void {
    const { waitingGroups } = this.#context.subscriptions;
    const groups = this.#groups;
    if (groups === undefined || waitingGroups.size === 0) return;
    const [fewer, others] = waitingGroups.size < groups.size ? [waitingGroups, groups] : [groups, waitingGroups];
    for (const group of fewer) {
      if (!others.has(group)) continue;
      group.proceed();
      if (!this.hasRoom) return;
    }
  }

  #sendQueued(receiver: Receiver, delivery: Delivery, now: number): void {
    const { message, qos, isRetained, subscriptionIdentifiers } = delivery;
    // [MQTT-3.3.2-5]
    if (message.isExpired(now)) {
      this.#begunQueue.expire(delivery);
    } else if (qos === 0) {
      this.#context.sender.send(receiver, message, 0, isRetained, subscriptionIdentifiers, 0, false);
    } else {
      this.#begunExchanges.start(receiver, message, qos, isRetained, subscriptionIdentifiers, delivery);
    }
  }
}
