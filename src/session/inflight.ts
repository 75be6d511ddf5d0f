import type { Delivery } from "../delivery/delivery.ts";
import type { Backlog } from "../transport/backlog.ts";

/** Where an exchange stands: what the receiver has to send next. */
const FREE = 0;
export const AWAITS_PUBACK = 1;
export const AWAITS_PUBREC = 2;
export const AWAITS_PUBCOMP = 3;

const FIRST_CAPACITY = 32;
const MAX_PACKET_IDENTIFIER = 65_535;

// A session that never gets a QoS 1 or 2 message costs no memory of its own here.
const NO_STATES = new Uint8Array(0);
const NO_IDENTIFIERS = new Uint16Array(0);
const NO_SEQUENCE = new Float64Array(0);
const NO_DELIVERIES: (Delivery | null)[] = [];

/**
 * The QoS 1 and 2 messages under way to one client, by packet identifier. Identifiers are given out in rising order; one whose place
 * `id & mask` is taken is left out, so an exchange that never ends costs one place and no more. Everything is O(1) but `inOrder`.
 */
export class Inflight {
  #states = NO_STATES;
  #identifiers = NO_IDENTIFIERS;
  #sequence = NO_SEQUENCE;
  #deliveries = NO_DELIVERIES;
  #mask = -1;
  #next = 1;
  #issued = 0;
  #size = 0;
  readonly #backlog: Backlog;

  /** @param backlog counts the messages of the deliveries here */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Takes a free packet identifier for a delivery; `delivery` is null where nobody could ask for it again. The caller holds `size` below
   * 32,768.
   * [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] [MQTT-2.3.1-4 of 3.1.1] [MQTT-4.3.2-1 of 3.1.1] [MQTT-4.3.3-1 of 3.1.1]
   */
  add(state: number, delivery: Delivery | null): number {
    if (this.#size * 2 > this.#mask) this.#grow();
    let identifier = this.#next;
    while (this.#states[identifier & this.#mask] !== FREE) identifier = after(identifier);
    this.#next = after(identifier);
    if (delivery !== null) this.#backlog.add(delivery.message);
    this.#put(identifier, state, delivery, this.#issued++);
    return identifier;
  }

  /** Puts an exchange of an earlier life of the broker in its place; those that were begun first come first. */
  restore(identifier: number, state: number, delivery: Delivery | null): void {
    while (this.#size * 2 > this.#mask || this.#states[identifier & this.#mask] !== FREE) this.#grow();
    this.#next = after(identifier);
    if (delivery !== null) this.#backlog.add(delivery.message);
    this.#put(identifier, state, delivery, this.#issued++);
  }

  /** State of the exchange with this identifier, FREE if there is none. */
  state(identifier: number): number {
    const place = identifier & this.#mask;
    return this.#identifiers[place] === identifier ? (this.#states[place] ?? FREE) : FREE;
  }

  delivery(identifier: number): Delivery | null {
    return this.#deliveries[identifier & this.#mask] ?? null;
  }

  /**
   * From here on only the PUBREL may be repeated, in the order of the PUBRECs, so the message is let go.
   * [MQTT-4.3.3-6] [MQTT-4.6.0-4 of 3.1.1]
   */
  awaitPubcomp(identifier: number): void {
    const place = identifier & this.#mask;
    this.#states[place] = AWAITS_PUBCOMP;
    this.#sequence[place] = this.#issued++;
    this.#letGo(place);
  }

  /** Ends the exchange: the identifier is free again. */
  remove(identifier: number): void {
    const place = identifier & this.#mask;
    this.#states[place] = FREE;
    this.#letGo(place);
    this.#size--;
  }

  /** Lets go of all deliveries: nobody asks for them any more. */
  clear(): void {
    for (const place of this.#deliveries.keys()) this.#letGo(place);
  }

  /** The identifiers under way, first sent first. */
  inOrder(): number[] {
    const places: number[] = [];
    this.#states.forEach((state, place) => {
      if (state !== FREE) places.push(place);
    });
    places.sort((a, b) => (this.#sequence[a] ?? 0) - (this.#sequence[b] ?? 0));
    return places.map((place) => this.#identifiers[place] ?? 0);
  }

  #letGo(place: number): void {
    const delivery = this.#deliveries[place] ?? null;
    if (delivery === null) return;
    this.#deliveries[place] = null;
    this.#backlog.remove(delivery.message);
  }

  #put(identifier: number, state: number, delivery: Delivery | null, sequence: number): void {
    const place = identifier & this.#mask;
    this.#states[place] = state;
    this.#identifiers[place] = identifier;
    this.#sequence[place] = sequence;
    this.#deliveries[place] = delivery;
    this.#size++;
  }

  #grow(): void {
    const [states, identifiers, sequence, deliveries] = [
      this.#states,
      this.#identifiers,
      this.#sequence,
      this.#deliveries,
    ];
    const capacity = Math.max(FIRST_CAPACITY, states.length * 2);
    this.#states = new Uint8Array(capacity);
    this.#identifiers = new Uint16Array(capacity);
    this.#sequence = new Float64Array(capacity);
    this.#deliveries = new Array(capacity).fill(null);
    this.#mask = capacity - 1;
    this.#size = 0;
    states.forEach((state, place) => {
      if (state !== FREE) {
        this.#put(identifiers[place] ?? 0, state, deliveries[place] ?? null, sequence[place] ?? 0);
      }
    });
  }
}

function after(identifier: number): number {
  return identifier === MAX_PACKET_IDENTIFIER ? 1 : identifier + 1;
}
