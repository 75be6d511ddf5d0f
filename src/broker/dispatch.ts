import {
  AUTH,
  CONNECT,
  DISCONNECT,
  PINGREQ,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBSCRIBE,
  UNSUBSCRIBE,
} from "../../assembly/shared/packet-types.ts";
import { PINGRESP_PACKET } from "../codec/ping.ts";
import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import { handlePuback, handlePubcomp, handlePubrec, handlePubrel } from "./acks.ts";
import { handleAuth } from "./auth.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { handleConnect } from "./connect.ts";
import { handleDisconnect } from "./disconnect.ts";
import { handlePublish } from "./publish.ts";
import { handleSubscribe } from "./subscribe.ts";
import { handleUnsubscribe } from "./unsubscribe.ts";

/** Handles `count` packets of a client in `chunk`, by the core's records. @throws {PacketError} for what the standard does not allow */
export function dispatch(broker: Broker, client: Client, chunk: Buffer, count: number): void {
  const { records } = broker.core;
  broker.routedAt = broker.subscriptions.changes;
  broker.tellsOfPublishes = broker.hasPublishListeners;
  try {
    for (let index = 0; index < count; index++) {
      if (client.state === "online") handle(broker, client, chunk, index);
      else if (client.state === "gone") return;
      else handleFirst(broker, client, chunk, index, records.type(index));
    }
  } finally {
    // First, as what others get may not depend on what comes of this client's queue.
    broker.sender.copies.settle();
    client.session?.endChunk();
  }
}

/** The one switch on the packet type. */
function handle(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  switch (records.type(index)) {
    case PUBLISH:
      handlePublish(broker, client, chunk, index);
      return;
    case PUBACK:
      handlePuback(broker, client, chunk, index);
      return;
    case PUBREC:
      handlePubrec(broker, client, chunk, index);
      return;
    case PUBREL:
      handlePubrel(broker, client, chunk, index);
      return;
    case PUBCOMP:
      handlePubcomp(broker, client, chunk, index);
      return;
    case PINGREQ:
      // [MQTT-3.12.4-1] [MQTT-3.12.4-1 of 3.1.1]
      client.outbox.append(PINGRESP_PACKET);
      return;
    case SUBSCRIBE:
      handleSubscribe(broker, client, chunk, index);
      return;
    case UNSUBSCRIBE:
      handleUnsubscribe(broker, client, chunk, index);
      return;
    case DISCONNECT:
      handleDisconnect(broker, client, chunk, index);
      return;
    case AUTH:
      handleAuth(broker, client, chunk, index);
      return;
    case CONNECT:
      // [MQTT-3.1.0-2] [MQTT-3.2.0-2] [MQTT-3.1.0-2 of 3.1.1]
      throw new PacketError(REASON.PROTOCOL_ERROR, "a second CONNECT on one connection");
    default:
      throw new PacketError(REASON.PROTOCOL_ERROR, "a packet that only servers send");
  }
}

/**
 * Before the CONNACK: a CONNECT, then AUTH where the client authenticates by a method, or DISCONNECT.
 * [MQTT-3.1.0-1] [MQTT-3.1.2-30] [MQTT-3.1.0-1 of 3.1.1]
 */
function handleFirst(broker: Broker, client: Client, chunk: Buffer, index: number, type: number): void {
  if (client.state === "awaits CONNECT" && type === CONNECT) handleConnect(broker, client, chunk, index);
  else if (client.state === "authenticates" && type === AUTH) handleAuth(broker, client, chunk, index);
  else if (client.state === "authenticates" && type === DISCONNECT) client.leave();
  else throw new PacketError(REASON.PROTOCOL_ERROR, "this packet may not come before the CONNACK");
}
