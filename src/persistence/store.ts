import type { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Receiver } from "../delivery/receiver.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Session } from "../session/session.ts";
import type { DeliveryRow, OwnerNumber } from "./rows.ts";

/** What an acknowledgement means: the message is in this process, survives the end of the process, or survives a power cut. */
export const DURABILITY_LEVELS = ["memory", "commit", "fsync"] as const;
export type Durability = (typeof DURABILITY_LEVELS)[number];

/** A session or a shared subscription for which deliveries wait. */
export interface Owner {
  /** 0: the store keeps nothing of it, and no call may be made for it. */
  readonly owner: OwnerNumber;
}

/** Deliveries of which the store keeps what does not fit into memory. */
export interface PagedDeliveries {
  /** All that was put up to this sequence number is on disk. */
  onKept(upTo: number): void;
}

/**
 * Where state that outlives a connection is kept. Each call says what just became true, and is back at once; what the calls of some turns of
 * the event loop said is written together, as a group, all of it or nothing. What a client is told has to be held back until its group is
 * written.
 */
export interface Store {
  /** Rises with each call that says something. */
  readonly changes: number;
  /** Nothing can be written at present, so nothing may be promised. */
  readonly isFailing: boolean;
  /** More waits to be written than should: who adds to it has to wait. */
  readonly isBehind: boolean;
  /** Holds back what the client is sent from now on until all that was said so far is kept, as durably as its listener promises. */
  hold(receiver: Receiver): void;
  /** Calls the client's `onKept` when what was said so far is kept, or cannot be. */
  awaitGroup(receiver: Receiver): void;
  /** A number for a new owner of deliveries; 0: nothing is kept here. */
  takeOwner(): OwnerNumber;
  /** The session is new, or its expiry, its will or its time of disconnection changed. */
  putSession(session: Session): void;
  /** The session ended, or the shared subscription has no members any more, with all that belongs to it. 0: the store never heard of it. */
  deleteOwner(owner: OwnerNumber): void;
  putSubscription(subscription: Subscription): void;
  deleteSubscription(subscription: Subscription): void;
  /** Messages wait for the members of a shared subscription. */
  putGroup(owner: OwnerNumber, filter: string): void;
  /** @param previous the one that it takes the place of */
  putRetained(message: Message, previous: Message | undefined): void;
  deleteRetained(previous: Message): void;
  /** The message waits for the owner, or is about to be sent; it gets its sequence number. */
  putDelivery(owner: OwnerNumber, delivery: Delivery): void;
  /** It is done with, sent or not. One that was never put is none of the store's. */
  deleteDelivery(delivery: Delivery): void;
  /** A delivery that was put is under way to the client with this packet identifier. */
  putUnderWay(owner: OwnerNumber, packetIdentifier: number, delivery: Delivery): void;
  /** The client has the QoS 2 message: its PUBREL is under way. */
  putReleased(owner: OwnerNumber, packetIdentifier: number): void;
  /** The exchange with this packet identifier is complete. */
  deleteExchange(owner: OwnerNumber, packetIdentifier: number): void;
  /** A QoS 2 message came in from the client and waits for its PUBREL. */
  putReceived(owner: OwnerNumber, packetIdentifier: number): void;
  deleteReceived(owner: OwnerNumber, packetIdentifier: number): void;
  /** Asks for `onKept` when what was said so far is on disk. */
  watch(deliveries: PagedDeliveries): void;
  /** Deliveries of an owner that are on disk, in order, those behind `after`. */
  fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]>;
}
