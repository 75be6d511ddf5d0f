/** Longer payloads are handed on as they are: to copy them would cost more than a chunk does. */
const LONGEST_GATHERED = 16_384;
const BUFFER_BYTES = 131_072;

export interface PayloadSink {
  /** The payloads of frames that came one after the other; valid during the call only. */
  onPayload(bytes: Buffer): void;
}

/**
 * Makes one chunk of the frames that came in one read of a socket. Clients send a frame for each packet, and where many wait, what a chunk costs
 * is more than half of what a packet does. Handed on when another sink's frames begin, when the buffer is full, by `flush` and `end`, and at the end of
 * the event loop's turn.
 */
export class FrameGatherer {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #length = 0;
  /** Whose payloads are in the buffer. */
  #sink: PayloadSink | undefined;
  #isTurnEndAwaited = false;

  add(sink: PayloadSink, payload: ArrayBuffer): void {
    const { byteLength } = payload;
    const isLong = byteLength > LONGEST_GATHERED;
    if (isLong || sink !== this.#sink || this.#length + byteLength > BUFFER_BYTES) this.flush();
    if (isLong) {
      sink.onPayload(Buffer.from(payload));
      return;
    }
    this.#buffer.set(new Uint8Array(payload), this.#length);
    this.#length += byteLength;
    this.#sink = sink;
    this.#awaitTurnEnd();
  }

  /**
   * Hands on what was gathered of a sink of which nothing more comes. That of another one stays: a client may be closed in the middle of another's chunk, and
   * chunks are handled one after the other.
   */
  end(sink: PayloadSink): void {
    if (sink === this.#sink) this.flush();
  }

  /** Hands on what was gathered. */
  flush(): void {
    const sink = this.#sink;
    const length = this.#length;
    this.#sink = undefined;
    this.#length = 0;
    sink?.onPayload(this.#buffer.subarray(0, length));
  }

  #awaitTurnEnd(): void {
    if (this.#isTurnEndAwaited) return;
    this.#isTurnEndAwaited = true;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isTurnEndAwaited = false;
    this.flush();
  };
}
