import { DISCONNECT } from "../../assembly/shared/packet-types.ts";
import { DIALECTS } from "./dialects.ts";
import { fit } from "./fit.ts";
import type { Properties } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { type ReasonTail, readReasonTail, reasonTailLength, writeReasonTail } from "./reason-tail.ts";
import type { ProtocolVersion } from "./version.ts";
import { Writer } from "./writer.ts";

/** What a server may say in a DISCONNECT: no Session Expiry Interval. [MQTT-3.14.2-2] */
export type DisconnectProperties = Pick<Properties, "reasonString" | "userProperties" | "serverReference">;

/** In 3.x a DISCONNECT is empty and reads as reason code 0x00. */
export function decodeDisconnect(buffer: Buffer, body: number, end: number, version: ProtocolVersion): ReasonTail {
  const reader = new Reader(buffer, body, end);
  if (DIALECTS[version].hasReasonCodes) return readReasonTail(reader, DISCONNECT);
  reader.finish();
  return { reasonCode: 0, properties: {} };
}

/** A server's DISCONNECT; there is none before MQTT 5.0. `undefined`: over the client's maximum packet size. */
export function encodeDisconnect(
  reasonCode: number,
  properties: DisconnectProperties = {},
  maximumPacketSize = Number.POSITIVE_INFINITY,
): Buffer | undefined {
  const fitting = fit(properties, maximumPacketSize, (each) => reasonTailLength(reasonCode, each));
  if (fitting === undefined) return undefined;
  const writer = Writer.packet(DISCONNECT << 4, reasonTailLength(reasonCode, fitting));
  writeReasonTail(writer, reasonCode, fitting);
  return writer.buffer;
}
