import type { FakeStream } from "../../support/fake-stream.ts";
import type { Version } from "../../support/packets.ts";
import { decodePacket, firstPacketLength, type Packet } from "../../support/server-packets.ts";

/** The packets that the broker sent since the last call. */
export function answers(stream: FakeStream, version: Version = 5): Packet[] {
  let rest = stream.take();
  const packets: Packet[] = [];
  for (let length = firstPacketLength(rest); length !== undefined; length = firstPacketLength(rest)) {
    packets.push(decodePacket(rest.subarray(0, length), version));
    rest = rest.subarray(length);
  }
  if (rest.length > 0) throw new Error(`the broker sent ${rest.length} bytes of a packet that has no end`);
  return packets;
}
