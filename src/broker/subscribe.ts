import { DIALECTS } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import { encodeSuback } from "../codec/suback.ts";
import { decodeSubscribe, type SubscriptionRequest } from "../codec/subscribe.ts";
import { withoutSharePrefix } from "../delivery/shared-filter.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { PacketError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { keepFirst } from "./keep.ts";
import { maySubscribe } from "./rights.ts";
import { hasTooManyLevels } from "./topic-levels.ts";

const SEND_IF_NEW = 1;
const DO_NOT_SEND = 2;
const NOT_STORED = "the server cannot store subscriptions at present";

/** A subscription whose retained messages have to be sent behind the SUBACK. */
interface Due {
  readonly subscription: Subscription;
  readonly filter: Buffer;
}

/** What the filters of a SUBSCRIBE came to, beside their reason codes. */
interface Outcome {
  readonly due: Due[];
  /** Why there are filters without a subscription. */
  readonly problems: string[];
}

/**
 * SUBSCRIBE: one reason code for each filter, in order, in one SUBACK.
 * [MQTT-3.8.4-1] [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-3.8.4-1 of 3.1.1] [MQTT-3.8.4-4 of 3.1.1] [MQTT-3.8.4-5 of 3.1.1]
 * [MQTT-3.9.3-1 of 3.1.1]
 */
export function handleSubscribe(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { session } = client;
  if (session === undefined) return;
  const { records } = broker.core;
  const subscribe = decodeSubscribe(chunk, records.body(index), records.end(index), client.version);
  const outcome: Outcome = { due: [], problems: [] };
  const { changes } = broker.store;
  const reasonCodes = subscribe.subscriptions.map((request) =>
    subscribeOne(broker, client, session, request, subscribe.subscriptionIdentifier, outcome),
  );
  const { due, problems } = outcome;
  const properties = client.problemInformation(problems[0]);
  // [MQTT-3.8.4-2] [MQTT-2.2.1-6] [MQTT-3.8.4-2 of 3.1.1] [MQTT-2.3.1-7 of 3.1.1]
  const packet = encodeSuback(
    client.version,
    subscribe.packetIdentifier,
    reasonCodes,
    properties,
    client.maximumPacketSize,
  );
  if (broker.store.changes !== changes) keepFirst(broker, client);
  if (packet !== undefined) client.outbox.append(packet);
  for (const { subscription, filter } of due) broker.retainedWalks.start(subscription, filter);
  if (due.length > 0) broker.retainedWalks.begin(session);
  session.proceed();
}

/**
 * Returns the reason code: the granted QoS, any that is asked for [MQTT-3.2.2-10], or why there is no subscription. [MQTT-3.8.4-7]
 * [MQTT-3.9.3-2]
 * @throws {PacketError} where the client's version cannot be told that there is none for now
 */
function subscribeOne(
  broker: Broker,
  client: Client,
  session: Session,
  request: SubscriptionRequest,
  identifier: number | undefined,
  { due, problems }: Outcome,
): number {
  const { filter } = request;
  if (session.owner !== 0 && broker.store.isFailing) {
    // In MQTT 3.1 the client would take it for a subscription.
    if (!DIALECTS[client.version].hasSubackFailure) throw new PacketError(REASON.QUOTA_EXCEEDED, NOT_STORED);
    problems.push(NOT_STORED);
    return REASON.QUOTA_EXCEEDED;
  }
  if (!maySubscribe(client, filter)) {
    problems.push("the client may not subscribe to this");
    return REASON.NOT_AUTHORIZED;
  }
  if (hasTooManyLevels(client, withoutSharePrefix(filter))) {
    problems.push("a topic filter has more levels than this client may use");
    return REASON.TOPIC_FILTER_INVALID;
  }
  if (client.isBridge) {
    request.noLocal = true;
    request.retainAsPublished = true;
  }
  const answer = broker.subscriptions.add(session, request, identifier);
  if ("reasonCode" in answer) {
    problems.push(answer.reasonString);
    return answer.reasonCode;
  }
  const { subscription, previous } = answer;
  if (session.owner !== 0) broker.store.putSubscription(subscription);
  if (wantsRetained(request, subscription, previous)) due.push({ subscription, filter });
  broker.emitSubscribe(subscription);
  return request.qos;
}

/** [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.3.1-6 of 3.1.1]; a shared subscription gets none (MQTT 5.0 §4.8.2). */
function wantsRetained(
  { retainHandling }: SubscriptionRequest,
  { group }: Subscription,
  previous: Subscription | undefined,
): boolean {
  if (group !== undefined || retainHandling === DO_NOT_SEND) return false;
  return retainHandling !== SEND_IF_NEW || previous === undefined;
}
