/** The plain JavaScript baseline: a PUBLISH of MQTT 3.1.1 with a payload of less than 16 kB, made anew for each receiver. */
export function encodePublish(topic: string, payload: Buffer, qos: number, packetIdentifier: number): Buffer {
  const topicLength = Buffer.byteLength(topic);
  const length = 2 + topicLength + (qos > 0 ? 2 : 0) + payload.length;
  const header = length < 128 ? 2 : 3;
  const packet = Buffer.allocUnsafe(header + length);
  packet[0] = 0x30 | (qos << 1);
  if (header === 3) packet[2] = length >> 7;
  packet[1] = header === 3 ? (length & 127) | 128 : length;
  packet.writeUInt16BE(topicLength, header);
  packet.write(topic, header + 2);
  let at = header + 2 + topicLength;
  if (qos > 0) at = packet.writeUInt16BE(packetIdentifier, at);
  packet.set(payload, at);
  return packet;
}
