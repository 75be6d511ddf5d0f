import type { Logger } from "pino";
import type { Peer } from "../peer.ts";

/** More than a system keeps of what a client sent: beyond it the client goes on sending while it is read. */
const MOST_BYTES = 16_777_216;
/** Bytes of a client's smallest frame, which has no payload. */
const FRAME_BYTES = 6;

interface Sender {
  readonly peer: Peer;
}

/**
 * Tells which WebSocket sends so much in one turn of the event loop that nobody else is served: uWebSockets.js reads on from a socket as long as
 * that fills its buffer, and cannot be asked to wait, only be closed.
 */
export class TurnMeter {
  readonly #log: Logger;
  #sender: Sender | undefined;
  #bytes = 0;
  #isTurnEndAwaited = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Counts a frame, but for the first of a turn, which came in turns before where it is large. True: its sender has to go. */
  isOver(sender: Sender, payloadBytes: number): boolean {
    if (sender === this.#sender) {
      this.#bytes += FRAME_BYTES + payloadBytes;
    } else {
      this.#sender = sender;
      this.#bytes = 0;
    }
    if (!this.#isTurnEndAwaited) {
      this.#isTurnEndAwaited = true;
      setImmediate(this.#endTurn);
    }
    if (this.#bytes <= MOST_BYTES) return false;
    this.#sender = undefined;
    this.#log.warn({ address: sender.peer.remoteAddress }, "closed a WebSocket that sent without a pause");
    return true;
  }

  readonly #endTurn = (): void => {
    this.#isTurnEndAwaited = false;
    this.#sender = undefined;
  };
}
