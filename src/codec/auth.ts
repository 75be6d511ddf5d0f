import { AUTH } from "../../assembly/shared/packet-types.ts";
import { PacketError } from "../errors.ts";
import { fit } from "./fit.ts";
import type { Properties } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { REASON } from "./reason-codes.ts";
import { readReasonTail, reasonTailLength, writeReasonTail } from "./reason-tail.ts";
import { Writer } from "./writer.ts";

export interface Auth {
  reasonCode: number;
  authenticationMethod: string;
  properties: Properties;
}

/** A client's AUTH: 0x18 or 0x19 [MQTT-4.12.0-3] [MQTT-3.15.2-1], always with an authentication method (MQTT 5.0 §3.15.2.2.2). */
export function decodeAuth(buffer: Buffer, body: number, end: number): Auth {
  const { reasonCode, properties } = readReasonTail(new Reader(buffer, body, end), AUTH);
  const { authenticationMethod } = properties;
  if (authenticationMethod === undefined) {
    throw new PacketError(REASON.PROTOCOL_ERROR, "an AUTH has no authentication method");
  }
  return { reasonCode, authenticationMethod, properties };
}

/** `undefined`: over the client's maximum packet size. */
export function encodeAuth(
  reasonCode: number,
  properties: Properties,
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  const fitting = fit(properties, maximumPacketSize, (each) => reasonTailLength(reasonCode, each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(AUTH << 4, reasonTailLength(reasonCode, fitting));
  writeReasonTail(writer, reasonCode, fitting);
  return writer.buffer;
}
