import type { Will } from "../codec/connect.ts";
import { PacketError } from "../errors.ts";
import type { ClientInfo } from "../security/access.ts";
import { topicRange } from "../security/acl/topic-range.ts";
import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";
import { fromWill } from "./published-message.ts";
import { mayPublish, rightsOf } from "./rights.ts";

/**
 * Publishes what a client left to be published, by the rights that it would have now: they may have changed since it connected, in a reload or before
 * the broker was started again.
 * [MQTT-3.1.2-8] [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT-3.1.2-8 of 3.1.1] [MQTT-3.1.2-16 of 3.1.1] [MQTT-3.1.2-17 of 3.1.1]
 */
export function publishWill(broker: Broker, will: Will, session: Session): void {
  const { author, clientIdentifier } = session;
  if (author === undefined || mayStillPublish(broker, will, author)) {
    publish(broker, will, session);
    return;
  }
  broker.statistics.messagesDroppedNotAuthorized++;
  broker.log.info(
    { client: clientIdentifier, topic: will.topic.toString() },
    "did not publish the will of a client that may not publish it any more",
  );
}

/** Limits may be lower than when it was left. */
function publish(broker: Broker, will: Will, session: Session): void {
  const { clientIdentifier } = session;
  try {
    broker.publish(fromWill(will, clientIdentifier), session);
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    broker.log.warn(
      { client: clientIdentifier, topic: will.topic.toString(), detail: error.message },
      "did not publish a will that the limits do not allow any more",
    );
  }
}

function mayStillPublish({ security, log }: Broker, { topic }: Will, author: ClientInfo): boolean {
  const client = { info: author, security: security.named(author.listener) };
  try {
    return mayPublish({ ...client, rights: rightsOf(client) }, topicRange(topic));
  } catch (error) {
    log.error({ client: author.clientIdentifier, err: error }, "whether a will may be published cannot be told");
    return false;
  }
}
