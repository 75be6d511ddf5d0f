import type { Session } from "../session/session.ts";
import type { Message } from "./message.ts";
import type { SharedGroup } from "./shared-group.ts";

/** Takes the messages of a subscription that the program itself made. */
export type LocalListener = (message: Message) => void;

/** A session's subscription (MQTT 5.0 §3.8.3.1), as it was when it was asked for. */
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
