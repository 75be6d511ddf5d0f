/** A connection that was accepted, and from where. */
export interface Arrival {
  /** Of the client: behind a trusted proxy what that says. Empty for a Unix socket. */
  readonly address: string;
  readonly port: number;
  /** In milliseconds of `performance.now()`. */
  readonly openedAt: number;
}
