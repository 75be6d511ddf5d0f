/** A message as the bytes of a PUBLISH, for all receivers that get it alike: only DUP and packet identifier differ. */
export class EncodedPublish {
  /** Equals the sender's stamp when it was made for the sender's current message. */
  stamp = 0;
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  length = 0;
  firstByte = 0;
  /** From the start of the packet; 0 with QoS 0. */
  packetIdentifierOffset = 0;
  /** `buffer` is the chunk that is being handled, and has it with the same first byte. */
  isInChunk = false;
}
