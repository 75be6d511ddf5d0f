import { frameError } from "../codec/frame-errors.ts";
import type { Message } from "../delivery/message.ts";
import type { Session } from "../session/session.ts";
import type { KnownTopic } from "../wasm/known-topic.ts";
import type { Broker } from "./broker.ts";

/**
 * Delivers a message whose topic was not matched with a packet that it came in. Returns how many took it.
 * @throws {PacketError} for a topic name that is not valid
 */
export function deliverUnmatched(broker: Broker, message: Message, publisher: Session | undefined): number {
  return deliverMatched(broker, message, publisher, broker.core.match(message.topic));
}

/** The same for a message whose topic is known. */
export function deliverKnown(broker: Broker, message: Message, publisher: Session, topic: KnownTopic): number {
  return deliverMatched(broker, message, publisher, broker.core.matchKnown(topic));
}

function deliverMatched(broker: Broker, message: Message, publisher: Session | undefined, status: number): number {
  if (status !== 0) throw frameError(status);
  const { core, fanOut } = broker;
  return fanOut.deliver(message, publisher, core.matchRoutes, core.matchCount, core.matchOverlap);
}
