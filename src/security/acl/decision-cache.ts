import { ALLOWED, MarkedDecisions, UNKNOWN } from "./marked-decisions.ts";
import type { TopicRange } from "./topic-range.ts";

const SLOTS = 64;
/** Bytes; longer topics are decided each time, so that nobody makes the broker keep megabytes for a connection. */
const LONGEST_REMEMBERED = 512;
const EMPTY = new Uint8Array(0);
/** FNV-1a. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

/**
 * Remembers decisions about topics: by the numbers that stand for them, where there are such, and by their bytes the last one, and those of up to 64 more
 * where there are several. A hit makes no string and no object; what is in a slot is compared byte by byte, so that topics which share a slot cost time
 * and nothing else.
 */
export class DecisionCache {
  readonly #decide: (topic: string) => boolean;
  readonly #marked = new MarkedDecisions();
  #last: Uint8Array = EMPTY;
  #isLastAllowed = false;
  /** By hash; made when a second topic comes. */
  #topics: Uint8Array[] | undefined;
  #isAllowed: boolean[] = [];

  /** @param decide asked where nothing is remembered */
  constructor(decide: (topic: string) => boolean) {
    this.#decide = decide;
  }

  decide({ topicBuffer, topicStart, topicEnd, topicLap, topicPlace }: TopicRange): boolean {
    if (topicLap === 0) return this.#decideBytes(topicBuffer, topicStart, topicEnd);
    const known = this.#marked.find(topicLap, topicPlace);
    if (known !== UNKNOWN) return known === ALLOWED;
    const isAllowed = this.#decideBytes(topicBuffer, topicStart, topicEnd);
    this.#marked.set(topicLap, topicPlace, isAllowed);
    return isAllowed;
  }

  #decideBytes(buffer: Uint8Array, start: number, end: number): boolean {
    if (isSame(this.#last, buffer, start, end)) return this.#isLastAllowed;
    if (end - start > LONGEST_REMEMBERED)
      return this.#decide(Buffer.from(buffer.subarray(start, end)).toString("utf8"));
    this.#find(buffer, start, end);
    return this.#isLastAllowed;
  }

  /** Makes the topic the last one. */
  #find(buffer: Uint8Array, start: number, end: number): void {
    if (this.#last.length === 0) {
      this.#ask(buffer, start, end);
      return;
    }
    this.#topics ??= this.#makeTable();
    const slot = slotOf(buffer, start, end);
    const topic = this.#topics[slot] ?? EMPTY;
    if (isSame(topic, buffer, start, end)) {
      this.#last = topic;
      this.#isLastAllowed = this.#isAllowed[slot] === true;
      return;
    }
    this.#ask(buffer, start, end);
    this.#topics[slot] = this.#last;
    this.#isAllowed[slot] = this.#isLastAllowed;
  }

  #makeTable(): Uint8Array[] {
    const topics = new Array<Uint8Array>(SLOTS).fill(EMPTY);
    const slot = slotOf(this.#last, 0, this.#last.length);
    topics[slot] = this.#last;
    this.#isAllowed[slot] = this.#isLastAllowed;
    return topics;
  }

  #ask(buffer: Uint8Array, start: number, end: number): void {
    const topic = Buffer.from(buffer.subarray(start, end));
    this.#last = topic;
    this.#isLastAllowed = this.#decide(topic.toString("utf8"));
  }
}

function isSame(topic: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (topic.length !== end - start) return false;
  // The last bytes differ first in topics of one kind.
  for (let at = topic.length - 1; at >= 0; at--) if (topic[at] !== buffer[start + at]) return false;
  return true;
}

function slotOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (buffer[at] ?? 0), HASH_FACTOR);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
