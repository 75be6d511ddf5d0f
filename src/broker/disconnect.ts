import { decodeDisconnect } from "../codec/disconnect.ts";
import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

/**
 * DISCONNECT from a client. Only reason code 0x00 takes the will away.
 * [MQTT-3.14.4-3] [MQTT-3.1.2-10] [MQTT-3.14.4-3 of 3.1.1] [MQTT-3.1.2-10 of 3.1.1]
 */
export function handleDisconnect(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  const { reasonCode, properties } = decodeDisconnect(chunk, records.body(index), records.end(index), client.version);
  const { sessionExpiryInterval } = properties;
  if (sessionExpiryInterval !== undefined && client.session !== undefined) {
    if (sessionExpiryInterval > 0 && client.requestedSessionExpiry === 0) {
      throw new PacketError(
        REASON.PROTOCOL_ERROR,
        "a DISCONNECT with a session expiry interval after a CONNECT with 0",
      );
    }
    const { maximumSessionExpiryInterval } = broker.limits;
    client.session.expiryInterval = Math.min(sessionExpiryInterval, maximumSessionExpiryInterval);
  }
  if (reasonCode === REASON.NORMAL_DISCONNECTION && client.session !== undefined) client.session.will = undefined;
  client.leave();
}
