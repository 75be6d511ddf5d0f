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
}
