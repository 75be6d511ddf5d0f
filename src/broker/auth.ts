import { decodeAuth } from "../codec/auth.ts";
import { REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import { HELD_FOR_AUTHENTICATION } from "../transport/connection.ts";
import { completeConnect } from "./accept.ts";
import type { Authenticated, Authentication } from "./authentication.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";
import { holdToRights } from "./hold-to-rights.ts";

/** AUTH: the next step of the exchange that a CONNECT or a re-authentication began. */
export function handleAuth(broker: Broker, client: Client, chunk: Buffer, index: number): void {
  const { records } = broker.core;
  const { authentication } = client;
  // [MQTT-4.12.0-7]
  if (authentication === undefined) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "an AUTH after a CONNECT without an authentication method");
  }
  const auth = decodeAuth(chunk, records.body(index), records.end(index));
  // [MQTT-4.12.1-1]
  if (auth.authenticationMethod !== authentication.method) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "the authentication method is not that of the CONNECT");
  }
  checkTurn(client, authentication, auth.reasonCode);
  if (auth.reasonCode === REASON.RE_AUTHENTICATE) authentication.begin();
  void step(broker, client, authentication, auth.properties.authenticationData);
}

/** 0x19 begins a re-authentication, 0x18 goes on with what is under way. [MQTT-4.12.0-3] */
function checkTurn(client: Client, authentication: Authentication, reasonCode: number): void {
  const begins = client.state === "online" && !authentication.isUnderWay;
  if (reasonCode !== (begins ? REASON.RE_AUTHENTICATE : REASON.CONTINUE_AUTHENTICATION)) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "this AUTH is out of turn");
  }
}

/** Packets that follow wait until the method has answered. */
export async function step(
  broker: Broker,
  client: Client,
  authentication: Authentication,
  data: Uint8Array | undefined,
): Promise<void> {
  client.connection.hold(HELD_FOR_AUTHENTICATION);
  try {
    const done = await authentication.step(data);
    if (done !== undefined && client.state !== "gone") succeed(broker, client, authentication, done);
  } catch (error) {
    client.fail(error);
  }
  client.connection.unhold(HELD_FOR_AUTHENTICATION);
}

function succeed(broker: Broker, client: Client, authentication: Authentication, done: Authenticated): void {
  const { session } = client;
  if (session === undefined) {
    completeConnect(broker, client, done.data);
    return;
  }
  authentication.send(REASON.SUCCESS, done.data);
  if (session.will !== undefined) {
    session.author = client.info;
    broker.store.putSession(session);
  }
  holdToRights(broker, client, session);
}
