import { PUBLISH } from "../../../assembly/shared/packet-types.ts";

/** What the baseline framer does with a PUBLISH: the chunk, where its topic starts and ends, where the packet ends. */
export type OnPublish = (chunk: Buffer, topic: number, topicEnd: number, end: number) => void;

/** The plain JavaScript baseline: frames a chunk of whole packets, no checks, one callback for each PUBLISH. */
export function frameChunk(chunk: Buffer, onPublish: OnPublish): number {
  let at = 0;
  let packets = 0;
  while (at < chunk.length) {
    const type = (chunk[at] as number) >> 4;
    let length = 0;
    let shift = 0;
    let byte = 128;
    at++;
    while (byte >= 128) {
      byte = chunk[at++] as number;
      length += (byte & 127) << shift;
      shift += 7;
    }
    const end = at + length;
    if (type === PUBLISH) {
      const topicEnd = at + 2 + (((chunk[at] as number) << 8) | (chunk[at + 1] as number));
      onPublish(chunk, at + 2, topicEnd, end);
    }
    at = end;
    packets++;
  }
  return packets;
}
