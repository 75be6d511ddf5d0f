/** A QoS 0 PUBLISH of 3.1.1 with a payload of 20 bytes. */
function publish(topic: string): Buffer {
  const name = Buffer.from(topic);
  const length = 2 + name.length + 20;
  return Buffer.concat([Buffer.from([0x30, length, 0, name.length]), name, Buffer.alloc(20, 0x2e)]);
}

/** One chunk with a PUBLISH for each topic name (of at most 105 bytes). */
export function publishChunk(topics: readonly string[]): Buffer {
  return Buffer.concat(topics.map(publish));
}
