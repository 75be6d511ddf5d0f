import { frameError } from "../codec/frame-errors.ts";
import type { Message } from "../delivery/message.ts";
import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";

/**
 * Delivers a message whose topic was not matched with a packet that it came in. Returns how many took it.
 * @throws {PacketError} for a topic name that is not valid
 */
export function deliverUnmatched(broker: Broker, message: Message, publisher: Session | undefined): number {
  const { core, fanOut } = broker;
  const status = core.match(message.topic);
  if (status !== 0) throw frameError(status);
  return fanOut.deliver(message, publisher, core.matchRoutes, core.matchCount, core.matchOverlap);
}
