import type { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Session } from "../session/session.ts";
import type { Batch } from "./disk/batch.ts";
import { PacketRows } from "./packet-rows.ts";
import { DELIVERY_UNDER_WAY, type OwnerNumber, PUBREL_UNDER_WAY, type SubscriptionRow } from "./rows.ts";

/** Bytes that a row takes on disk beside what it is about, about. */
const ROW_BYTES = 64;
/** So many deliveries that came and went in one group are forgotten at a time. */
const FORGET_GONE = 4_096;
/** Values of PacketRows for an exchange are sequence × 4 + state. */
const STATES = 4;

/** A retained topic that changed. */
interface RetainedChange {
  /** Number of the message that is on disk for it; 0: there is none. */
  readonly before: number;
  /** Undefined: it was removed. */
  after: Message | undefined;
}

/** Where a message is kept. */
interface Placement {
  /** New references to it. */
  count: number;
  /** 0: in the row of the delivery. */
  number: number;
  isRetained: boolean;
}

/**
 * What became true since the last group was closed. What came and went meanwhile is forgotten, and of what changed often only the last
 * state is written.
 */
export class Changes {
  /** Bytes that wait to be written, about. */
  bytes = 0;
  readonly #sessions = new Set<Session>();
  /** By owner, then filter; undefined: it was deleted. */
  readonly #subscriptions = new Map<OwnerNumber, Map<string, Subscription | undefined>>();
  readonly #groups = new Map<OwnerNumber, string>();
  readonly #endedOwners: OwnerNumber[] = [];
  /** By topic name. */
  readonly #retained = new Map<string, RetainedChange>();
  #put: Delivery[] = [];
  /** How many of those have gone again. */
  #gone = 0;
  #deleted: Delivery[] = [];
  readonly #exchanges = new PacketRows();
  readonly #received = new PacketRows();

  putSession(session: Session): void {
    this.#sessions.add(session);
  }

  deleteOwner(owner: OwnerNumber): void {
    this.#endedOwners.push(owner);
  }

  putSubscription(subscription: Subscription): void {
    this.#setSubscription(subscription, subscription);
  }

  deleteSubscription(subscription: Subscription): void {
    this.#setSubscription(subscription, undefined);
  }

  putGroup(owner: OwnerNumber, filter: string): void {
    this.#groups.set(owner, filter);
  }

  setRetained(topic: string, previous: Message | undefined, after: Message | undefined): void {
    const known = this.#retained.get(topic);
    if (known?.after !== undefined) this.bytes -= known.after.size;
    if (known !== undefined) known.after = after;
    else this.#retained.set(topic, { before: previous?.retainedNumber ?? 0, after });
    if (previous !== undefined) previous.retainedNumber = 0;
    if (after !== undefined) this.bytes += after.size;
  }

  putDelivery(delivery: Delivery): void {
    this.#put.push(delivery);
    this.bytes += delivery.message.size + ROW_BYTES;
  }

  /** @param isNew it was put since the last group was closed */
  deleteDelivery(delivery: Delivery, isNew: boolean): void {
    if (!isNew) {
      this.#deleted.push(delivery);
      return;
    }
    delivery.isGone = true;
    if (++this.#gone >= FORGET_GONE && this.#gone * 2 > this.#put.length) this.#forgetGone();
  }

  putUnderWay(owner: OwnerNumber, packetIdentifier: number, sequence: number): void {
    this.#exchanges.put(owner, packetIdentifier, sequence * STATES + DELIVERY_UNDER_WAY);
  }

  putReleased(owner: OwnerNumber, packetIdentifier: number, sequence: number): void {
    this.#exchanges.replace(owner, packetIdentifier, sequence * STATES + PUBREL_UNDER_WAY);
  }

  deleteExchange(owner: OwnerNumber, packetIdentifier: number): void {
    this.#exchanges.delete(owner, packetIdentifier);
  }

  putReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#received.put(owner, packetIdentifier, 0);
  }

  deleteReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#received.delete(owner, packetIdentifier);
  }

  /**
   * Writes all of it into a batch, and forgets it.
   * @param nextMessage number for the first message that gets one
   * @returns the number that follows the last one given
   */
  drain(batch: Batch, nextMessage: number): number {
    const after = this.#drainMessages(batch, nextMessage);
    this.#drainSessions(batch);
    this.#exchanges.drain(
      (owner, identifier) => batch.deleteExchange(owner, identifier),
      (owner, identifier, value) => {
        const state = value % STATES === DELIVERY_UNDER_WAY ? DELIVERY_UNDER_WAY : PUBREL_UNDER_WAY;
        batch.putExchange(owner, identifier, state, Math.floor(value / STATES));
      },
    );
    this.#received.drain(
      (owner, identifier) => batch.deleteReceived(owner, identifier),
      (owner, identifier) => batch.putReceived(owner, identifier),
    );
    // Last, so that what they left in this group goes with them.
    for (const owner of this.#endedOwners) batch.deleteOwner(owner);
    this.#endedOwners.length = 0;
    this.bytes = 0;
    return after;
  }

  /** A group can be open for long when the disk fails: what came and went must not add up. */
  #forgetGone(): void {
    this.#put = this.#put.filter(({ isGone }) => !isGone);
    this.#gone = 0;
  }

  #setSubscription({ session, filter }: Subscription, after: Subscription | undefined): void {
    this.bytes += filter.length + ROW_BYTES;
    const known = this.#subscriptions.get(session.owner);
    if (known !== undefined) known.set(filter, after);
    else this.#subscriptions.set(session.owner, new Map([[filter, after]]));
  }

  #drainSessions(batch: Batch): void {
    for (const session of this.#sessions) batch.putSession(session);
    this.#sessions.clear();
    for (const [owner, changes] of this.#subscriptions) {
      for (const [filter, subscription] of changes) {
        if (subscription === undefined) batch.deleteSubscription(owner, filter);
        else batch.putSubscription(rowOf(owner, subscription));
      }
    }
    this.#subscriptions.clear();
    for (const [owner, filter] of this.#groups) batch.putGroup({ owner, filter });
    this.#groups.clear();
  }

  /** Deliveries and retained messages. A message that one delivery only refers to stands in its row, any other in one of its own. */
  #drainMessages(batch: Batch, nextMessage: number): number {
    const placements = this.#count();
    let next = nextMessage;
    for (const [message, placement] of placements) {
      const { count, number, isRetained } = placement;
      if (number > 0) {
        batch.addReferences(number, count);
      } else if (count > 1 || isRetained) {
        placement.number = next++;
        batch.putMessage(placement.number, count, message);
      }
    }
    const references = new Map<number, number>();
    this.#drainDeliveries(batch, placements, references);
    this.#drainRetained(batch, placements, references);
    for (const [number, delta] of references) batch.addReferences(number, delta);
    return next;
  }

  /** The messages that are referred to anew. */
  #count(): Map<Message, Placement> {
    const placements = new Map<Message, Placement>();
    for (const { isGone, message } of this.#put) if (!isGone) count(placements, message);
    for (const { after } of this.#retained.values()) {
      if (after !== undefined) count(placements, after).isRetained = true;
    }
    return placements;
  }

  #drainDeliveries(batch: Batch, placements: Map<Message, Placement>, references: Map<number, number>): void {
    for (const delivery of this.#put) {
      if (delivery.isGone) continue;
      const { owner, sequence, qos, isRetained, subscriptionIdentifiers, group, message } = delivery;
      delivery.messageNumber = placements.get(message)?.number ?? 0;
      batch.putDelivery(
        owner,
        sequence,
        qos,
        isRetained,
        subscriptionIdentifiers,
        group?.filter,
        delivery.messageNumber,
        message,
      );
    }
    for (const { owner, sequence, messageNumber } of this.#deleted) {
      batch.deleteDelivery(owner, sequence);
      if (messageNumber > 0) references.set(messageNumber, (references.get(messageNumber) ?? 0) - 1);
    }
    this.#put = [];
    this.#gone = 0;
    this.#deleted = [];
  }

  #drainRetained(batch: Batch, placements: Map<Message, Placement>, references: Map<number, number>): void {
    for (const [topic, { before, after }] of this.#retained) {
      if (before > 0) references.set(before, (references.get(before) ?? 0) - 1);
      if (after !== undefined) {
        after.retainedNumber = placements.get(after)?.number ?? 0;
        batch.putRetained(after.topic, after.retainedNumber);
      } else if (before > 0) {
        batch.deleteRetained(Buffer.from(topic));
      }
    }
    this.#retained.clear();
  }
}

function rowOf(owner: OwnerNumber, subscription: Subscription): SubscriptionRow {
  const { filter, qos, noLocal, retainAsPublished, identifiers } = subscription;
  return { owner, filter, qos, noLocal, retainAsPublished, identifier: identifiers?.[0] };
}

function count(placements: Map<Message, Placement>, message: Message): Placement {
  const known = placements.get(message);
  if (known !== undefined) {
    known.count++;
    return known;
  }
  const placement: Placement = { count: 1, number: message.retainedNumber, isRetained: false };
  placements.set(message, placement);
  return placement;
}
