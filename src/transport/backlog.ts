/** Memory of a message beyond its bytes, about, and of its place in one queue. */
const MESSAGE_BYTES = 320;
const PLACE_BYTES = 136;

/** Publishers to slow receivers wait from this part of the limit on, ... */
const HIGH = 3 / 4;
/** ... until no more than this part of it is left. */
const LOW = 1 / 2;
/** From this part on nothing more waits for clients that are offline: who is online has the rest. */
const OFFLINE = 7 / 8;

/** A message in a queue, counted once however many queues it is in. */
export interface Kept {
  /** Places in queues. */
  places: number;
  /** Bytes. */
  readonly size: number;
}

/** Someone who is online and takes what is sent more slowly than it comes. */
export interface SlowReceiver {
  /** Something waits for it still. */
  readonly isSlow: boolean;
  /** Its stream takes nothing at present, so that it either drains or runs into the stall timeout. */
  readonly isBlocked: boolean;
  /** Rises with what it takes. */
  readonly taken: number;
}

/** The bytes that wait in memory for the clients of one broker, in outboxes and queues, and the marks at which something is done about it. */
export class Backlog {
  bytes = 0;
  /** To whom something was added last. Whoever wants to know forgets it first. */
  slow: SlowReceiver | undefined;
  /** Lets what can leave at once leave. */
  relieve: () => void = () => {};
  readonly limit: number;
  readonly high: number;
  readonly low: number;
  readonly offlineLimit: number;

  /** @param limit bytes */
  constructor(limit: number) {
    this.limit = limit;
    this.high = limit * HIGH;
    this.low = limit * LOW;
    this.offlineLimit = limit * OFFLINE;
  }

  /** Whether publishers that add to what is slow have to wait. */
  get isHigh(): boolean {
    return this.bytes > this.high;
  }

  /** What can leave at once does not count. */
  get isFull(): boolean {
    if (this.bytes < this.limit) return false;
    this.relieve();
    return this.bytes >= this.limit;
  }

  /** The message took a place in a queue. */
  add(message: Kept): void {
    if (message.places++ === 0) this.bytes += message.size + MESSAGE_BYTES;
    this.bytes += PLACE_BYTES;
  }

  /** It left one. */
  remove(message: Kept): void {
    if (--message.places === 0) this.bytes -= message.size + MESSAGE_BYTES;
    this.bytes -= PLACE_BYTES;
  }
}
