import type { Session } from "../session/session.ts";
import type { DeliveryContext } from "./context.ts";
import { Delivery } from "./delivery.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import type { Message } from "./message.ts";
import type { Subscription } from "./subscription.ts";

/** The members of one shared subscription, `$share/{name}/{filter}` (MQTT 5.0 §4.8.2). Each message goes to one of them. */
export class SharedGroup {
  readonly #members = new Map<Session, Subscription>();
  readonly #online: Session[] = [];
  /** What came while nobody was online; the next who is gets it. */
  readonly #waiting = new DeliveryQueue();
  /** Place in `#online` of the session whose turn it is. */
  #turn = 0;
  readonly #context: DeliveryContext;

  constructor(context: DeliveryContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Adds a member, or puts its new subscription in the place of the old one. */
  join(subscription: Subscription): void {
    const { session } = subscription;
    const isNew = !this.#members.has(session);
    this.#members.set(session, subscription);
    if (isNew && session.receiver !== undefined) this.resume(session);
  }

  leave(session: Session): void {
    this.suspend(session);
    this.#members.delete(session);
  }

  /** A member came online: it gets what waited. */
  resume(session: Session): void {
    this.#online.push(session);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.redeliver(next);
  }

  /** A member went offline. */
  suspend(session: Session): void {
    const place = this.#online.indexOf(session);
    if (place >= 0) this.#online.splice(place, 1);
  }

  /** Gives the message to a member that is online, in turn; to one that has room, if there is one. */
  deliver(message: Message): boolean {
    const session = this.#choose();
    if (session !== undefined) return this.#give(message, session);
    return (
      message.qos > 0 && this.#keep(new Delivery(message.keep(), message.qos, message.isRetained, undefined, this))
    );
  }

  /** Passes on what a member that left had not got. */
  redeliver(delivery: Delivery): void {
    if (delivery.message.isExpired(Date.now())) {
      this.#context.statistics.messagesExpired++;
      return;
    }
    const session = this.#choose();
    if (session !== undefined) this.#give(delivery.message, session);
    else if (!this.isEmpty) this.#keep(delivery);
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

  #keep(delivery: Delivery): boolean {
    const { maximumQueuedMessages } = this.#context.limits;
    if (this.#waiting.size >= maximumQueuedMessages) {
      this.#context.statistics.messagesExpired += this.#waiting.takeExpired(Date.now()).length;
    }
    const dropped = this.#waiting.push(delivery, maximumQueuedMessages);
    if (dropped !== undefined) this.#context.statistics.messagesDroppedQueueFull++;
    return dropped !== delivery;
  }

  #choose(): Session | undefined {
    const count = this.#online.length;
    for (let i = 0; i < count; i++) {
      const session = this.#online[(this.#turn + i) % count];
      if (session?.hasRoom) {
        this.#turn = (this.#turn + i + 1) % count;
        return session;
      }
    }
    this.#turn = count === 0 ? 0 : (this.#turn + 1) % count;
    return this.#online[this.#turn];
  }
}
