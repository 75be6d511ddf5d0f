import type { Delivery } from "../delivery/delivery.ts";
import type { Message } from "../delivery/message.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Session } from "../session/session.ts";

/**
 * Where state that outlives a connection is kept. Each call says what just became true; the store decides when it is written. Calls are
 * made for sessions with a Session Expiry Interval above 0 only.
 */
export interface Store {
  /** The session is new, or its expiry (to 0, too) or its time of disconnection changed. */
  putSession(session: Session): void;
  /** The session ended, with all that belongs to it; the store may never have heard of it. */
  deleteSession(session: Session): void;
  putSubscription(subscription: Subscription): void;
  deleteSubscription(subscription: Subscription): void;
  putRetained(message: Message): void;
  deleteRetained(topic: Buffer): void;
  /** The message waits for the session. */
  putQueued(session: Session, delivery: Delivery): void;
  /** It does not wait any more, and was not sent: its time was over, it made room, or another member of its group gets it. */
  deleteQueued(session: Session, delivery: Delivery): void;
  /** A message that may have waited is under way to the session with this packet identifier. */
  putInflight(session: Session, packetIdentifier: number, delivery: Delivery): void;
  /** A QoS 2 message was received by the client: its PUBREL is under way. */
  putReleased(session: Session, packetIdentifier: number): void;
  /** The exchange with this packet identifier is complete. */
  deleteInflight(session: Session, packetIdentifier: number): void;
  /** A QoS 2 message came in from the client and waits for its PUBREL. */
  putReceived(session: Session, packetIdentifier: number): void;
  deleteReceived(session: Session, packetIdentifier: number): void;
}
