import { REASON } from "../codec/reason-codes.ts";
import { encodeUnsuback } from "../codec/unsuback.ts";
import { decodeUnsubscribe } from "../codec/unsubscribe.ts";
import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { keepFirst } from "./keep.ts";

/**
 * UNSUBSCRIBE: one reason code for each filter, in order, in one UNSUBACK.
 * [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] [MQTT-2.2.1-6] [MQTT-3.10.4-4 of 3.1.1]
 * [MQTT-3.10.4-5 of 3.1.1] [MQTT-3.10.4-6 of 3.1.1] [MQTT-2.3.1-7 of 3.1.1]
 */
export function handleUnsubscribe(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { session, version } = client;
  if (session === undefined) return;
  const { records } = broker.core;
  const { packetIdentifier, filters } = decodeUnsubscribe(chunk, records.body(index), records.end(index), version);
  const { changes } = broker.store;
  const reasonCodes = filters.map((filter) => endSubscription(broker, session, filter.toString("utf8")));
  const packet = encodeUnsuback(version, packetIdentifier, reasonCodes, {}, client.maximumPacketSize);
  if (broker.store.changes !== changes) keepFirst(broker, client);
  if (packet !== undefined) client.outbox.append(packet);
}

/** What was sent or queued already takes its course. [MQTT-3.10.4-2] [MQTT-3.10.4-3] [MQTT-3.10.4-2 of 3.1.1] [MQTT-3.10.4-3 of 3.1.1] */
export function endSubscription(broker: Broker, session: Session, filter: string): number {
  const subscription = broker.subscriptions.remove(session, filter);
  if (subscription === undefined) return REASON.NO_SUBSCRIPTION_EXISTED;
  broker.retainedWalks.stop(session, filter);
  if (session.owner !== 0) broker.store.deleteSubscription(subscription);
  broker.emitUnsubscribe(subscription);
  return REASON.SUCCESS;
}
