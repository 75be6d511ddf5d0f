import {
  RECORD_BODY,
  RECORD_END,
  RECORD_FIRST_BYTE,
  RECORD_LAP,
  RECORD_PACKET_ID,
  RECORD_PAYLOAD,
  RECORD_PROPERTIES,
  RECORD_PROPERTIES_LENGTH,
  RECORD_REASON_CODE,
  RECORD_ROUTE_COUNT,
  RECORD_ROUTE_FLAGS,
  RECORD_ROUTES,
  RECORD_START,
  RECORD_TOPIC,
  RECORD_TOPIC_LENGTH,
  RECORD_TYPE,
  RECORD_WORDS,
  ROUTES_OVERLAP,
} from "../../assembly/shared/records.ts";

/**
 * The records of the last `Core.frame`, read in place; `i` counts from 0. They are valid until the next `frame` or `load` of the
 * same core. Offsets count from the start of the chunk. See assembly/shared/records.ts.
 */
export class Records {
  #words = new Uint32Array(0);
  #first = 0;

  /** Takes a new view, the first record being at word `first`. Only the core calls it. */
  attach(words: Uint32Array<ArrayBuffer>, first: number): void {
    this.#words = words;
    this.#first = first;
  }

  type(i: number): number {
    return this.#field(i, RECORD_TYPE);
  }

  firstByte(i: number): number {
    return this.#field(i, RECORD_FIRST_BYTE);
  }

  start(i: number): number {
    return this.#field(i, RECORD_START);
  }

  body(i: number): number {
    return this.#field(i, RECORD_BODY);
  }

  end(i: number): number {
    return this.#field(i, RECORD_END);
  }

  packetIdentifier(i: number): number {
    return this.#field(i, RECORD_PACKET_ID);
  }

  reasonCode(i: number): number {
    return this.#field(i, RECORD_REASON_CODE);
  }

  topic(i: number): number {
    return this.#field(i, RECORD_TOPIC);
  }

  topicLength(i: number): number {
    return this.#field(i, RECORD_TOPIC_LENGTH);
  }

  properties(i: number): number {
    return this.#field(i, RECORD_PROPERTIES);
  }

  propertiesLength(i: number): number {
    return this.#field(i, RECORD_PROPERTIES_LENGTH);
  }

  payload(i: number): number {
    return this.#field(i, RECORD_PAYLOAD);
  }

  /** For `Core.routeAt`. */
  routes(i: number): number {
    return this.#field(i, RECORD_ROUTES);
  }

  routeCount(i: number): number {
    return this.#field(i, RECORD_ROUTE_COUNT);
  }

  /** With `routes` it stands for the topic name, and for no other ever; 0: it does not. */
  lap(i: number): number {
    return this.#field(i, RECORD_LAP);
  }

  routesOverlap(i: number): boolean {
    return (this.#field(i, RECORD_ROUTE_FLAGS) & ROUTES_OVERLAP) !== 0;
  }

  #field(i: number, field: number): number {
    return this.#words[this.#first + i * RECORD_WORDS + field] as number;
  }
}
