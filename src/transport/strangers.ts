/** A connection whose CONNECT has not come. */
export interface Stranger {
  /** Of the client, as far as it is known; empty for a Unix socket. */
  readonly address: string;
  /** In milliseconds of `performance.now()`. */
  readonly openedAt: number;
  /** Closes it to make room. */
  dismiss(): void;
}

/** All of a broker, in the order in which they came. */
export interface Strangers {
  /** Whether there is room for one more from this address. */
  admits(address: string): boolean;
  add(stranger: Stranger): void;
  /** It has said who it is, or is gone. Does nothing where it was removed already. */
  remove(stranger: Stranger): void;
}
