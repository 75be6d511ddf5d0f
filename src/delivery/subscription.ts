import type { Session } from "../session/session.ts";
import type { Message } from "./message.ts";
import type { SharedGroup } from "./shared-group.ts";

/** Takes the messages of a subscription that the program itself made. */
export type LocalListener = (message: Message) => void;

/** What is found at a route of the topic trie. Exactly one of `session`, `group` and `listener` is set. */
export interface Route {
  readonly session: Session | undefined;
  readonly group: SharedGroup | undefined;
  readonly listener: LocalListener | undefined;
  /** Of a session's own subscription. */
  readonly subscription: Subscription | undefined;
}

/** A session's subscription (MQTT 5.0 §3.8.3.1); replaced as a whole when the client subscribes to the same filter again. */
export interface Subscription {
  readonly session: Session;
  /** As the client wrote it, `$share/…` included. */
  readonly filter: string;
  /** Maximum QoS. */
  readonly qos: number;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** The Subscription Identifier as a list of one, as it goes into packets. */
  readonly identifiers: readonly number[] | undefined;
  /** Set for a shared subscription. */
  readonly group: SharedGroup | undefined;
}
