import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { maySubscribe } from "./rights.ts";
import { endSubscription } from "./unsubscribe.ts";

/**
 * Takes from a session the subscriptions that its client may not have, now that its rights are others than when it asked for them, where the check
 * of each message on its way is not enough. Those are shared ones, as what this member does not get would be lost for the others, and all where a
 * function decides, which is not asked about messages on their way.
 */
export function holdToRights(broker: Broker, client: Client, session: Session): void {
  client.rights?.lookAtReceived();
  try {
    dropSubscriptions(broker, client, session);
  } catch (error) {
    client.fail(error);
  }
}

function dropSubscriptions(broker: Broker, client: Client, session: Session): void {
  const hasFunction = client.security.authorize !== undefined;
  const suspects = hasFunction ? broker.subscriptions.of(session) : session.shared.values();
  for (const { filter } of [...suspects]) {
    if (maySubscribe(client, Buffer.from(filter))) continue;
    endSubscription(broker, session, filter);
    broker.log.info({ ...client.description, filter }, "ended a subscription that is not allowed any more");
  }
}
