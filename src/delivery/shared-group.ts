import type { SessionLimits } from "../config/client-limits.ts";
import type { DeliveryRow, OwnerNumber } from "../persistence/rows.ts";
import type { Session } from "../session/session.ts";
import type { DeliveryContext } from "./context.ts";
import { Delivery } from "./delivery.ts";
import type { Message } from "./message.ts";
import type { Subscription } from "./subscription.ts";
import { WaitingDeliveries, type WaitingOwner } from "./waiting-deliveries.ts";

/**
 * The members of one shared subscription, `$share/{name}/{filter}` (MQTT 5.0 §4.8.2). Each message goes to one of them; what none of them has
 * room for waits here, so that whoever has room first gets it.
 */
export class SharedGroup implements WaitingOwner {
  /** `$share/{name}/{filter}` */
  readonly filter: string;
  /** By which the store knows it; 0 as long as nothing ever waited here. */
  owner: OwnerNumber = 0;
  readonly #members = new Map<Session, Subscription>();
  readonly #online: Session[] = [];
  /** There is, or was, a member that the store knows: what another one was given and had not confirmed is for that one after a crash. */
  #isKept = false;
  readonly #waiting: WaitingDeliveries;
  /** Place in `#online` of the session whose turn it is. */
  #turn = 0;
  readonly #context: DeliveryContext;

  constructor(filter: string, context: DeliveryContext) {
    this.filter = filter;
    this.#context = context;
    this.#waiting = new WaitingDeliveries(this, context);
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get limits(): SessionLimits {
    return this.#context.limits;
  }

  get isOnline(): boolean {
    return this.#online.length > 0;
  }

  get isBlocked(): boolean {
    return this.#online.some(({ isBlocked }) => isBlocked);
  }

  /** Adds a member, or puts its new subscription in the place of the old one. What waits it gets when it proceeds. */
  join(subscription: Subscription): void {
    const { session } = subscription;
    const isNew = !this.#members.has(session);
    this.#members.set(session, subscription);
    session.join(this);
    if (session.owner !== 0) this.#isKept = true;
    if (isNew && this.#isKept) for (const member of this.#members.keys()) member.becomeKnown();
    if (isNew && session.receiver !== undefined) this.#online.push(session);
  }

  leave(session: Session): void {
    this.suspend(session);
    session.leave(this);
    this.#members.delete(session);
    if (!this.isEmpty) return;
    this.#waiting.end();
    this.#context.subscriptions.waitingGroups.delete(this);
    this.#context.store.deleteOwner(this.owner);
  }

  /** A member came online: it gets what waited. */
  resume(session: Session): void {
    this.#online.push(session);
    this.proceed();
  }

  /** A member went offline. */
  suspend(session: Session): void {
    const place = this.#online.indexOf(session);
    if (place >= 0) this.#online.splice(place, 1);
  }

  /** Gives the message to a member that is online and has room, in turn, or lets it wait for one. */
  deliver(message: Message): boolean {
    const session = this.#waiting.size === 0 || message.qos === 0 ? this.#choose(message.qos) : undefined;
    if (session !== undefined) return this.#give(message, session);
    return message.qos > 0 && this.#keep(message);
  }

  /** Passes on what a member that left had not got. */
  redeliver(message: Message): void {
    if (message.isExpired(Date.now())) this.#context.statistics.messagesExpired++;
    else if (!this.isEmpty) this.deliver(message);
  }

  /** Gives what waits to the members that have room. */
  proceed(): void {
    while (this.#waiting.size > 0) {
      const session = this.#choose(1);
      if (session === undefined) {
        this.#awaitRoom();
        return;
      }
      const delivery = this.#waiting.shift();
      if (delivery === undefined) return;
      if (delivery.message.isExpired(Date.now())) {
        this.#waiting.expire(delivery);
      } else {
        this.#context.store.deleteDelivery(delivery);
        this.#give(delivery.message, session);
      }
    }
    this.#context.subscriptions.waitingGroups.delete(this);
  }

  /** What waited in an earlier life of the broker. */
  restoreWaiting(count: number, after: number): void {
    this.#waiting.restore(count, after);
    this.#context.subscriptions.waitingGroups.add(this);
  }

  restore(row: DeliveryRow): Delivery {
    return Delivery.restore(row, this);
  }

  onUnreadable(error: unknown): void {
    this.#context.log.error({ filter: this.filter, err: error }, "what waits for a shared subscription cannot be read");
  }

  #give(message: Message, session: Session): boolean {
    const member = this.#members.get(session);
    if (member === undefined) return false;
    // [MQTT-4.8.2-3]
    const qos = Math.min(message.qos, member.qos);
    const isRetained = member.retainAsPublished && message.isRetained;
    // [MQTT-3.3.4-5]
    return session.deliver(message, qos, isRetained, member.identifiers, this);
  }

  #keep(message: Message): boolean {
    if (this.owner === 0) this.#becomeKnown();
    if (this.#waiting.size === 0) this.#awaitRoom();
    const delivery = new Delivery(message.keep(), message.qos, message.isRetained, undefined, this);
    if (!this.#waiting.append(delivery)) return false;
    this.#context.subscriptions.waitingGroups.add(this);
    return true;
  }

  /** No member has room: one that takes bytes again has this proceed, as one does that acknowledges something. */
  #awaitRoom(): void {
    for (const { receiver } of this.#online) if (receiver?.outbox.isFull) receiver.outbox.wantRoom();
  }

  #becomeKnown(): void {
    const { store } = this.#context;
    this.owner = store.takeOwner();
    if (this.owner !== 0) store.putGroup(this.owner, this.filter);
  }

  /** The next member with room; for a QoS 0 message, which needs no quota, the next one if there is none. */
  #choose(qos: number): Session | undefined {
    const count = this.#online.length;
    for (let i = 0; i < count; i++) {
      const session = this.#online[(this.#turn + i) % count];
      if (session?.hasRoom) {
        this.#turn = (this.#turn + i + 1) % count;
        return session;
      }
    }
    if (qos > 0 || count === 0) return undefined;
    this.#turn = (this.#turn + 1) % count;
    return this.#online[this.#turn];
  }
}
