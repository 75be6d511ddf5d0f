import type { DeliveryRow } from "../persistence/rows.ts";
import type { Message } from "./message.ts";
import type { SharedGroup } from "./shared-group.ts";

/** A message on its way to one session, as the matching subscriptions ask for it. */
export class Delivery {
  readonly message: Message;
  readonly qos: number;
  /** The RETAIN flag of the packet. */
  readonly isRetained: boolean;
  /** Of every matching subscription that has one, for the packet's Subscription Identifiers. */
  readonly subscriptionIdentifiers: readonly number[] | undefined;
  /** The shared subscription that chose this session. */
  readonly group: SharedGroup | undefined;
  // What the store knows it by: only the store sets these.
  owner = 0;
  /** Rises with time over all owners; 0: the store does not keep it. */
  sequence = 0;
  /** The group of writes that it was put in. */
  putIn = 0;
  /** Where its message stands on disk; 0: with the delivery. */
  messageNumber = 0;
  /** Deleted before its group was written. */
  isGone = false;

  constructor(
    message: Message,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    group: SharedGroup | undefined,
  ) {
    this.message = message;
    this.qos = qos;
    this.isRetained = isRetained;
    this.subscriptionIdentifiers = subscriptionIdentifiers;
    this.group = group;
  }

  /** As it stands on disk. */
  static restore(row: DeliveryRow, group: SharedGroup | undefined): Delivery {
    const { message, qos, isRetained, subscriptionIdentifiers } = row;
    const delivery = new Delivery(message, qos, isRetained, subscriptionIdentifiers, group);
    delivery.owner = row.owner;
    delivery.sequence = row.sequence;
    delivery.messageNumber = row.messageNumber;
    return delivery;
  }
}
