import type { Will } from "../codec/connect.ts";
import type { Message } from "../delivery/message.ts";
import type { ClientInfo } from "../security/access.ts";

/** What an owner of messages, a session or a group of a shared subscription, is known by on disk; never given out twice. */
export type OwnerNumber = number;

export interface SessionRow {
  readonly owner: OwnerNumber;
  readonly clientIdentifier: string;
  /** Whose it is; undefined: nobody's in particular. */
  readonly username: string | undefined;
  /** Seconds. */
  readonly expiryInterval: number;
  /** When its client went offline, in milliseconds of `Date.now()`; undefined: it was online. */
  readonly offlineSince: number | undefined;
  /** Of the connection that is open, or what is left to be published of the last one. */
  readonly will: Will | undefined;
  /** Who left the will. */
  readonly author: ClientInfo | undefined;
}

export interface SubscriptionRow {
  readonly owner: OwnerNumber;
  /** As the client wrote it, `$share/…` included. */
  readonly filter: string;
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

/** A shared subscription that messages wait for. */
export interface GroupRow {
  readonly owner: OwnerNumber;
  /** `$share/{name}/{filter}` */
  readonly filter: string;
}

export interface DeliveryRow {
  readonly owner: OwnerNumber;
  /** Rises with time over all owners. */
  readonly sequence: number;
  readonly qos: number;
  readonly isRetained: boolean;
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  /** `$share/{name}/{filter}` of the shared subscription that it came by. */
  readonly sharedFilter: string | undefined;
  /** Where its message stands in the table of messages; 0: in this row. */
  readonly messageNumber: number;
  readonly message: Message;
}

/** The client has to acknowledge a PUBLISH; `sequence` is that of the delivery. */
export const DELIVERY_UNDER_WAY = 1;
/** The client has to answer a PUBREL; `sequence` orders these as their PUBRECs came. */
export const PUBREL_UNDER_WAY = 2;

export interface ExchangeRow {
  readonly owner: OwnerNumber;
  readonly packetIdentifier: number;
  readonly state: typeof DELIVERY_UNDER_WAY | typeof PUBREL_UNDER_WAY;
  readonly sequence: number;
}

/** A QoS 2 message came from the client and waits for its PUBREL. */
export interface ReceivedRow {
  readonly owner: OwnerNumber;
  readonly packetIdentifier: number;
}

export interface RetainedRow {
  readonly messageNumber: number;
  readonly message: Message;
}

/** The next number of each kind that was never given out. */
export interface Counters {
  readonly owner: OwnerNumber;
  readonly sequence: number;
  readonly message: number;
}
