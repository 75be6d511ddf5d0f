/** Each has three words: lap and place that stand for the topic, and the decision. */
const WORDS = 3;
const SLOTS = 64;
const FACTOR = 0x9e3779b1;

/** What `find` answers. */
export const UNKNOWN = -1;
const DENIED = 0;
export const ALLOWED = 1;

/**
 * Decisions by the two numbers that stand for a topic (`assembly/shared/records.ts`), so that nothing has to be compared byte by byte: one, and up to 64 as
 * soon as there are several. What finds its slot taken takes it.
 */
export class MarkedDecisions {
  #slots = new Uint32Array(0);

  /** ALLOWED, or another number that is not UNKNOWN; UNKNOWN: it was not decided, or is forgotten. */
  find(lap: number, place: number): number {
    const at = this.#slotOf(place);
    const slots = this.#slots;
    return slots[at] === lap && slots[at + 1] === place ? (slots[at + 2] ?? UNKNOWN) : UNKNOWN;
  }

  /** @param lap above 0 */
  set(lap: number, place: number, isAllowed: boolean): void {
    this.#makeRoom();
    const at = this.#slotOf(place);
    this.#slots[at] = lap;
    this.#slots[at + 1] = place;
    this.#slots[at + 2] = isAllowed ? ALLOWED : DENIED;
  }

  #makeRoom(): void {
    if (this.#slots.length === 0) this.#slots = new Uint32Array(WORDS);
    else if (this.#slots.length === WORDS) this.#slots = new Uint32Array(SLOTS * WORDS);
  }

  #slotOf(place: number): number {
    return this.#slots.length > WORDS ? ((Math.imul(place, FACTOR) >>> 16) & (SLOTS - 1)) * WORDS : 0;
  }
}
